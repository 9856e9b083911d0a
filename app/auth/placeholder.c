/* Keeps the archive non-empty until the room has its sources. */
extern int auth_placeholder;
int auth_placeholder;
