/* Keeps the archive non-empty until the room has its sources. */
extern int fetch_placeholder;
int fetch_placeholder;
