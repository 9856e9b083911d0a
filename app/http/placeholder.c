/* Keeps the archive non-empty until the room has its sources. */
extern int http_placeholder;
int http_placeholder;
