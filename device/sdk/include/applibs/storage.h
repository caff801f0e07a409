/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Files: those in the app's own image package, and one mutable file that outlives restarts and updates. */

#pragma once


#ifdef __cplusplus
extern "C" {
#endif

/* Path of a packaged file, from malloc; the file need not exist. The path is relative: EINVAL when it begins with
   '/' or '.' or contains "..". NULL with EFAULT, EINVAL or ENOMEM on failure. */
char *Storage_GetAbsolutePathInImagePackage(const char *relativePath);

/* Opens a packaged file for reading. Same rules for the path; needs no capability. */
int Storage_OpenFileInImagePackage(const char *relativePath);

/* Opens the app's mutable file, making it when there is none. Needs MutableStorage with a SizeKB above zero:
   EACCES; EIO when it cannot be made. */
int Storage_OpenMutableFile(void);

/* Deletes the mutable file. EACCES, EIO, or ENOENT when there is none. */
int Storage_DeleteMutableFile(void);

#ifdef __cplusplus
}
#endif
