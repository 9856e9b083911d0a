/* Keeps the archive non-empty until the room has its sources. */
extern int kubesim_placeholder;
int kubesim_placeholder;
