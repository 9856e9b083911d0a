/* The world on disk, so that a restart of the simulated cluster keeps what runs in it. */
#ifndef KUBESIM_STATE_H
#define KUBESIM_STATE_H

#include "kubesim/world.h"

/* Reads options.state_dir/state.json if it is there; before threads start. false: it is there and cannot be read (logged). */
bool state_load(struct world *w);

/* Writes the file anew, whole or not at all. Takes the lock by itself. */
void state_save(struct world *w);

/* Saves every few seconds while there are changes; with the lock. */
void state_keep(struct world *w);

#endif
