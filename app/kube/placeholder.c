/* Keeps the archive non-empty until the room has its sources. */
extern int kube_placeholder;
int kube_placeholder;
