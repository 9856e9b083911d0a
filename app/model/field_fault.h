/* What is wrong with one field of what somebody sent, where the model knows the rule: a field and a name of the catalogue. */
#ifndef MODEL_FIELD_FAULT_H
#define MODEL_FIELD_FAULT_H

struct field_fault {
	const char *field, *name; /* "address", "error.registry_address" */
};

enum { FIELD_FAULTS = 12 }; /* as many as one check may find */

#endif
