/* Rules on names that end up beside git: branches, commits, paths inside a repository. All are pure and safe in any thread. */
#ifndef BASE_GITREF_H
#define BASE_GITREF_H

#include <stdbool.h>

enum { GIT_NAME_MAX = 200 }; /* characters of a branch or a path */

/*
 * A branch name as git check-ref-format allows it, and a little stricter: valid UTF-8, 1 to GIT_NAME_MAX characters, no leading
 * '-', no component that is empty or begins with '.' or ends in ".lock", no "..", no "@{", not "@" alone, no trailing '.', none
 * of space, control characters, ~ ^ : ? * [ \, and no characters that hide or turn text (zero width, bidirectional marks).
 */
bool git_branch_valid(const char *name);

/* A whole object name: 40 or 64 lower-case hex digits, not all zero. */
bool git_sha_valid(const char *sha);

/*
 * The path of a file or folder inside a repository (Dockerfile, build context): relative, 1 to GIT_NAME_MAX characters of A-Z a-z
 * 0-9 . _ / - space and letters beyond ASCII in valid UTF-8; no component that is empty or ".." or begins with '-'; "." alone is
 * the root. No control, zero width or bidirectional characters, no leading or trailing space in a component.
 */
bool git_path_valid(const char *path);

/* Lines of a known_hosts file: each that says anything has a host, a kind of key and a key, and there is at least one. */
bool known_hosts_valid(const char *text);

#endif
