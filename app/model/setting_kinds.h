/* The rules of each kind of setting. All are pure and safe in any thread. */
#ifndef MODEL_SETTING_KINDS_H
#define MODEL_SETTING_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/settings.h"

struct arena;

/* NULL: the value keeps the rules of its row. Else the catalogue's name of the sentence that says them (see setting_rule):
 * "setting.rule.number". */
const char *setting_fault(const struct setting_info *row, const char *value);

/* The same as an English sentence with the setting's name, for the command line and the log; NULL: all is well. In the arena. */
const char *setting_fault_sentence(struct arena *a, const struct setting_info *row, const char *value);

/* A sentence with the row's bounds and choices in the places {min}, {max} and {choices}. In the arena. */
const char *setting_rule(struct arena *a, const struct setting_info *row, const char *sentence);

/* row->min or row->max as people write it: "10m" of a core, "16Mi", "4". In the arena. */
const char *setting_bound(struct arena *a, const struct setting_info *row, int64_t bound);

/* A Kubernetes quantity of processor time in thousandths of a core ("500m", "0.5", "2"); of memory or disk in bytes ("512Mi",
 * "1.5Gi", "1e9"). False: it is none, or is no whole number of them. */
bool setting_cpu_parse(const char *text, int64_t *thousandths);
bool setting_bytes_parse(const char *text, int64_t *bytes);

#endif
