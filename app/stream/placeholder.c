/* Keeps the archive non-empty until the room has its sources. */
extern int stream_placeholder;
int stream_placeholder;
