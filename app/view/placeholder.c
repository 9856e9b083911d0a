/* Keeps the archive non-empty until the room has its sources. */
extern int view_placeholder;
int view_placeholder;
