/* The names under which the portal's objects carry what belongs to them. */
#ifndef KUBE_LABELS_H
#define KUBE_LABELS_H

#define LABEL_MANAGED_BY "app.kubernetes.io/managed-by"
#define LABEL_BUILD "hydrosim/build-id"
#define LABEL_PROJECT "hydrosim/project-id"
#define ANNOTATION_DEPLOYMENT "hydrosim/deployment-id"
/* Of a pod's template: a digest of it, by which its pods are told from those of another. */
#define ANNOTATION_TEMPLATE "hydrosim/template"
#define ANNOTATION_RESTARTED "kubectl.kubernetes.io/restartedAt"
/* The container of an application's pod that is the portal's. */
#define APP_CONTAINER "app"
#define MANAGED_BY "hydrosim-portal"

#endif
