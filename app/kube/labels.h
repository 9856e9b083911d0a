/* The names under which the portal's objects carry what belongs to them. */
#ifndef KUBE_LABELS_H
#define KUBE_LABELS_H

#define LABEL_MANAGED_BY "app.kubernetes.io/managed-by"
#define LABEL_BUILD "hydrosim/build-id"
#define LABEL_PROJECT "hydrosim/project-id"
#define ANNOTATION_DEPLOYMENT "hydrosim/deployment-id"
#define ANNOTATION_RESTARTED "kubectl.kubernetes.io/restartedAt"
#define MANAGED_BY "hydrosim-portal"

#endif
