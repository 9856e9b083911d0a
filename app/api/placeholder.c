/* Keeps the archive non-empty until the room has its sources. */
extern int api_placeholder;
int api_placeholder;
