/* Keeps the archive non-empty until the room has its sources. */
extern int objects_placeholder;
int objects_placeholder;
