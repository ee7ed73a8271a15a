/* The version of module and command. */
#ifndef DYN_VERSION_H
#define DYN_VERSION_H

#ifndef DYN_VERSION
#define DYN_VERSION "0.1.0"
#endif

#endif
