/* Keeps the archive non-empty until the room has its sources. */
extern int ctl_placeholder;
int ctl_placeholder;
