/* Keeps the archive non-empty until the room has its sources. */
extern int pages_placeholder;
int pages_placeholder;
