/* Keeps the archive non-empty until the room has its sources. */
extern int model_placeholder;
int model_placeholder;
