/* Where the digits that come with gradtape are. */
#ifndef TOOLS_DIGITS_FOLDER_H
#define TOOLS_DIGITS_FOLDER_H

/* That of the source tree which this program was built from, or, where it is gone, of the installation. */
const char *digits_folder(void);

#endif
