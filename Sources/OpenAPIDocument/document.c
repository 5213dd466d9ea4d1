#include "OpenAPIDocument.h"

// In C, since Swift's compiler takes a minute for an array that is as long.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.json"
};

const unsigned char *openapi_document(size_t *size) {
    *size = sizeof document;
    return document;
}
