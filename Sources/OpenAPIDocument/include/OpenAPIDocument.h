// The description of all paths that a server has, as openapi.json holds it (OpenAPI 3.1).

#ifndef OPENAPI_DOCUMENT_H
#define OPENAPI_DOCUMENT_H

#include <stddef.h>

/// The document's first byte, which stays where it is.
///
/// - size: set to the number of its bytes.
const unsigned char *openapi_document(size_t *size);

#endif
