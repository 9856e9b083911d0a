/* Keeps the archive non-empty until the room has its sources. */
extern int worker_placeholder;
int worker_placeholder;
