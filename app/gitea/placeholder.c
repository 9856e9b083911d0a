/* Keeps the archive non-empty until the room has its sources. */
extern int gitea_placeholder;
int gitea_placeholder;
