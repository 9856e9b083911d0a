/* The builders behind one small interface: what the container that runs student code looks like. It holds no secret. */
#ifndef WORKER_BUILDER_H
#define WORKER_BUILDER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct settings;

/* Where things are in the build's pod: odd paths, so that no Dockerfile writes there by chance. */
#define BUILD_SOURCE "/hydrosim/src"
#define BUILD_OUT "/out"
#define BUILD_IMAGE_FILE BUILD_OUT "/image.tar"

/* What is built. All checked when it was stored; the paths are relative to the repository, without "..". */
struct build_job {
	int64_t id;
	const char *repo_url, *commit_sha, *branch, *dockerfile_path, *context_path;
	const char *image;	     /* host[:port]/path, without a tag */
	const char *tag, *extra_tag; /* extra_tag NULL: one tag only */
	const char *registry_address;
	bool registry_plain;
	bool registry_ca; /* the Secret holds ca.crt */
};

struct builder {
	const char *name;
	const char *default_image;
	const char *archive; /* what skopeo calls the format of BUILD_IMAGE_FILE */
	/* Adds to the container: image, command, args, env, securityContext, volumeMounts. The object's memory is json-c's. */
	void (*fill)(struct arena *a, json_object *container, const struct build_job *job, const struct settings *s);
	/* Adds the volumes that it needs beside the source and the out folder. */
	void (*volumes)(struct arena *a, json_object *list, const struct settings *s);
};

/* By the setting's word; Kaniko for an unknown one. */
const struct builder *builder_find(const char *name);

extern const struct builder builder_kaniko, builder_buildkit;

/* Helpers for the implementations. Each adds one element to an array that it makes where it is missing. */
void builder_env(json_object *container, const char *name, const char *value);
void builder_arg(json_object *container, const char *text);
void builder_mount(json_object *container, const char *volume, const char *path);
/* The setting's extra arguments, one a line, as args. */
void builder_extra_args(json_object *container, const struct settings *s);
/* Calls each for every registry that the setting insecure_registries names. */
void builder_insecure(struct arena *a, const struct settings *s, void (*each)(void *context, const char *registry),
		      void *context);

#endif
