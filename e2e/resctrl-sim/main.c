/* The command line, and FUSE's calls turned into the tree's. */
#include <errno.h>
#include <fuse.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

static const char usage[] =
    "usage: resctrl-sim [--profile NAME] [--limbo-ms N] [--counters DIR] [--load FILE] MOUNTPOINT\n"
    "A SIMULATED resctrl file system: it looks and refuses as the kernel's does, and controls nothing.\n"
    "Runs in the foreground until SIGTERM or SIGINT, which unmount it.\n"
    "  --profile NAME   the hardware to look like (xeon)\n"
    "  --limbo-ms N     how long an RMID is busy after its group was removed, in ms (0)\n"
    "  --counters DIR   where mon_data's values come from: files of the same paths below DIR; 0 where there is none\n"
    "  --load FILE      traffic to be counted there; may change at any time. Rows of it (load.c says more):\n"
    "                     load GROUP DOMAIN LOCAL_MIB_PER_S REMOTE_MIB_PER_S CACHE_BYTES\n"
    "                     capacity DOMAIN MIB_PER_S; delay MS; noise PERCENT\n"
    "exit: 0 unmounted, 1 failed, 2 usage, 3 something named on stderr is missing here\n"
    "profiles:\n";

/* An open file or directory. The text is made when reading begins at 0, so that one reader sees one state. */
struct handle {
  struct node node;
  unsigned serial;
  char *text;
  size_t length;
};

static struct sim *enter(void) {
  struct sim *sim = fuse_get_context()->private_data;
  (void)pthread_mutex_lock(&sim->lock);
  sim->caller_pid = fuse_get_context()->pid;
  sim->caller_uid = fuse_get_context()->uid;
  return sim;
}

static int leave(struct sim *sim, int result) {
  (void)pthread_mutex_unlock(&sim->lock);
  return result;
}

static struct handle *handle_of(const struct fuse_file_info *info) { return (struct handle *)(uintptr_t)info->fh; }

/* kernfs_get_active: a file of a removed group is open still, and good for nothing. */
static int alive(const struct handle *handle) {
  const struct group *group = handle->node.group;
  return group == NULL || (group->used && group->serial == handle->serial) ? 0 : -ENODEV;
}

static void fill_stat(struct sim *sim, const struct node *node, struct stat *about) {
  memset(about, 0, sizeof *about);
  about->st_mode = node->file == NULL ? S_IFDIR | 0755 : S_IFREG | node->file->mode;
  about->st_nlink = node->file == NULL ? 2 + tree_subdirectories(sim, node) : 1;
}

static int op_getattr(const char *path, struct stat *about, struct fuse_file_info *info) {
  struct sim *sim = enter();
  struct node node;
  int error = 0;
  if (path == NULL) {
    node = handle_of(info)->node;
    error = alive(handle_of(info));
  } else {
    error = tree_find(sim, path, &node);
  }
  if (error == 0) {
    fill_stat(sim, &node, about);
  }
  return leave(sim, error);
}

struct filler {
  void *buffer;
  fuse_fill_dir_t fill;
};

static bool fill_name(void *argument, const char *name, const struct node *node) {
  struct filler *filler = argument;
  struct stat about = {.st_mode = node->file == NULL ? S_IFDIR : S_IFREG};
  return filler->fill(filler->buffer, name, &about, 0, 0) == 0;
}

static int op_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                      enum fuse_readdir_flags flags) {
  (void)path;
  (void)offset;
  (void)flags;
  struct sim *sim = enter();
  const struct handle *handle = handle_of(info);
  if (alive(handle) == 0) {
    struct filler filler = {buffer, fill};
    (void)fill(buffer, ".", NULL, 0, 0);
    (void)fill(buffer, "..", NULL, 0, 0);
    tree_each(sim, &handle->node, fill_name, &filler);
  }
  return leave(sim, 0);
}

static int op_open(const char *path, struct fuse_file_info *info) {
  struct sim *sim = enter();
  struct node node;
  int error = tree_find(sim, path, &node);
  if (error != 0) {
    return leave(sim, error);
  }
  struct handle *handle = calloc(1, sizeof *handle);
  if (handle == NULL) {
    return leave(sim, -ENOMEM);
  }
  handle->node = node;
  handle->serial = node.group == NULL ? 0 : node.group->serial;
  info->fh = (uint64_t)(uintptr_t)handle;
  return leave(sim, 0);
}

static int op_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  free(handle_of(info)->text);
  free(handle_of(info));
  return 0;
}

static int render(struct sim *sim, struct handle *handle) {
  free(handle->text);
  handle->text = NULL;
  FILE *out = open_memstream(&handle->text, &handle->length);
  if (out == NULL) {
    return -ENOMEM;
  }
  int error = handle->node.file->show(sim, &handle->node, out);
  return fclose(out) != 0 ? -ENOMEM : error;
}

static int op_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)path;
  struct sim *sim = enter();
  struct handle *handle = handle_of(info);
  int error = alive(handle);
  if (error == 0 && (offset == 0 || handle->text == NULL)) {
    error = render(sim, handle);
  }
  if (error != 0 || offset < 0 || (size_t)offset >= handle->length) {
    return leave(sim, error);
  }
  size_t left = handle->length - (size_t)offset;
  size_t count = left < size ? left : size;
  memcpy(buffer, handle->text + offset, count);
  return leave(sim, (int)count);
}

/* kernfs_fop_write_iter (E2BIG above atomic_write_len), rdtgroup_file_write (EINVAL where nothing can be written) */
static int op_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)path;
  (void)offset;
  struct sim *sim = enter();
  struct handle *handle = handle_of(info);
  char text[WRITE_SIZE + 1];
  int error = alive(handle);
  if (error == 0 && size > WRITE_SIZE) {
    error = -E2BIG;
  }
  if (error == 0 && handle->node.file->write == NULL) {
    error = -EINVAL;
  }
  if (error == 0) {
    memcpy(text, buffer, size);
    text[size] = '\0';
    error = handle->node.file->write(sim, &handle->node, text, size);
  }
  return leave(sim, error != 0 ? error : (int)size);
}

static int op_mkdir(const char *path, mode_t mode) {
  (void)mode;
  struct sim *sim = enter();
  return leave(sim, tree_mkdir(sim, path));
}

static int op_rmdir(const char *path) {
  struct sim *sim = enter();
  return leave(sim, tree_rmdir(sim, path));
}

/* kernfs_iop_setattr: opening with O_TRUNC is fine, and does nothing. */
static int op_truncate(const char *path, off_t size, struct fuse_file_info *info) {
  (void)path;
  (void)size;
  (void)info;
  return 0;
}

/* kernfs_dir_iops has no create, mknod, unlink, link or symlink: vfs_create says EACCES, the others EPERM. */
static int op_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  (void)path;
  (void)mode;
  (void)info;
  return -EACCES;
}

static int op_mknod(const char *path, mode_t mode, dev_t device) {
  (void)path;
  (void)mode;
  (void)device;
  return -EPERM;
}

static int op_unlink(const char *path) {
  (void)path;
  return -EPERM;
}

static int op_two_paths(const char *from, const char *to) {
  (void)from;
  (void)to;
  return -EPERM;
}

/* rdtgroup_rename for all but monitoring groups; those are not moved by this version. */
static int op_rename(const char *from, const char *to, unsigned flags) {
  (void)flags;
  return op_two_paths(from, to);
}

static void *op_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  struct sim *sim = fuse_get_context()->private_data;
  config->nullpath_ok = 1;
  /* The tree changes under the kernel's feet: let it ask each time. */
  config->entry_timeout = 0;
  config->attr_timeout = 0;
  config->negative_timeout = 0;
  /* The files have no size; without this the kernel would read nothing. (sendfile(2) reads nothing even so on 6.12,
   * where resctrl's own files can be sent.) */
  config->direct_io = 1;
  pthread_t thread;
  if (pthread_create(&thread, NULL, forks_thread, sim) != 0) {
    (void)fprintf(stderr, "resctrl-sim: cannot start a thread for fork events\n");
    exit(1);
  }
  (void)printf("resctrl-sim: SIMULATED resctrl, profile %s, ready\n", sim->profile->name);
  (void)fflush(stdout);
  return sim;
}

static const struct fuse_operations operations = {
    .init = op_init,
    .getattr = op_getattr,
    .opendir = op_open,
    .readdir = op_readdir,
    .releasedir = op_release,
    .open = op_open,
    .release = op_release,
    .read = op_read,
    .write = op_write,
    .mkdir = op_mkdir,
    .rmdir = op_rmdir,
    .truncate = op_truncate,
    .create = op_create,
    .mknod = op_mknod,
    .unlink = op_unlink,
    .link = op_two_paths,
    .symlink = op_two_paths,
    .rename = op_rename,
};

static int show_usage(FILE *out, int code) {
  (void)fputs(usage, out);
  for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
    (void)fprintf(out, "  %-10s %s\n", profile->name, profile->text);
  }
  return code;
}

int main(int argc, char **argv) {
  static struct sim sim = {.lock = PTHREAD_MUTEX_INITIALIZER};
  const struct profile *profile = profile_find("xeon");
  int i = 1;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
    uint64_t number;
    if (strcmp(argv[i], "--help") == 0) {
      return show_usage(stdout, 0);
    }
    if (i + 1 < argc && strcmp(argv[i], "--profile") == 0) {
      profile = profile_find(argv[i + 1]);
    } else if (i + 1 < argc && strcmp(argv[i], "--counters") == 0) {
      sim.counters = argv[i + 1];
    } else if (i + 1 < argc && strcmp(argv[i], "--load") == 0) {
      sim.load_file = argv[i + 1];
    } else if (i + 1 < argc && strcmp(argv[i], "--limbo-ms") == 0 &&
               parse_unsigned(argv[i + 1], 10, INT_MAX, &number) == 0) {
      sim.limbo_ms = (unsigned)number;
    } else {
      return show_usage(stderr, 2);
    }
  }
  if (i != argc - 1 || profile == NULL) {
    return show_usage(stderr, 2);
  }
  if (access("/dev/fuse", R_OK | W_OK) != 0) {
    (void)fprintf(stderr, "SKIP resctrl-sim: cannot open /dev/fuse (%s); the kernel needs its fuse module, and this root\n",
                  strerror(errno));
    return 3;
  }
  sim_init(&sim, profile);
  if (sim.schema_count == 0 && profile->num_rmids == 0) {
    /* resctrl_late_init registers no file system. */
    (void)fprintf(stderr, "resctrl-sim: SIMULATED resctrl, profile %s: no such device\n", profile->name);
    return 1;
  }
  int error = forks_open(&sim);
  if (error != 0) {
    (void)fprintf(stderr, "SKIP resctrl-sim: no fork events from the process connector (%s); it needs root in the first namespaces\n",
                  strerror(-error));
    return 3;
  }
  char options[] = "fsname=resctrl-SIMULATED,subtype=resctrl-SIMULATED,default_permissions,allow_other";
  char *arguments[] = {argv[0], "-f", "-s", "-o", options, argv[i], NULL};
  return fuse_main(6, arguments, &operations, &sim) == 0 ? 0 : 1;
}
