#include "tools/digits_folder.h"

#include <unistd.h>

const char *digits_folder(void)
{
    const char *const folders[] = {GRADTAPE_SOURCE_DATA, GRADTAPE_INSTALLED_DATA};
    return access(folders[0], R_OK) == 0 ? folders[0] : folders[1];
}
