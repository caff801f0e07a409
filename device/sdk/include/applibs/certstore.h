/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Certificates for Wi-Fi. Needs the CertStore capability, else EACCES; EAGAIN while the system is not ready. Identifiers
   are 1..16 characters of A-Z a-z 0-9 . - _; certificates and keys are PEM of at most 8192 bytes. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CERTSTORE_MAX_IDENTIFIER_LENGTH 16
#define CERTSTORE_MAX_CERT_SIZE 8192
#define CERTSTORE_MAX_PASSWORD_LENGTH 256
#define CERTSTORE_MAX_NAME_LENGTH 300

/* All three end with a NUL. */
typedef struct CertStore_Identifier {
    char identifier[CERTSTORE_MAX_IDENTIFIER_LENGTH + 1];
} CertStore_Identifier;
typedef struct CertStore_SubjectName {
    char name[CERTSTORE_MAX_NAME_LENGTH + 1];
} CertStore_SubjectName;
typedef struct CertStore_IssuerName {
    char name[CERTSTORE_MAX_NAME_LENGTH + 1];
} CertStore_IssuerName;

/* Stores a certificate, with its key, in place of one of the same identifier. ERANGE for a length, EINVAL for bad PEM
   or a password for a key that has none, ENOSPC when the store is full. */
int CertStore_InstallClientCertificate(const char *identifier, const char *certBlob, size_t certBlobSize,
                                       const char *privateKeyBlob, size_t privateKeyBlobSize, const char *privateKeyPassword);
int CertStore_InstallRootCACertificate(const char *identifier, const char *certBlob, size_t certBlobSize);

/* ENOENT when there is none of that identifier. */
int CertStore_DeleteCertificate(const char *identifier);

ssize_t CertStore_GetCertificateCount(void);

/* Identifier at 0 .. count-1; ERANGE beyond. */
int CertStore_GetCertificateIdentifierAt(size_t index, CertStore_Identifier *outIdentifier);

/* Free bytes. */
ssize_t CertStore_GetAvailableSpace(void);

/* Gives a certificate another identifier in one step, replacing what had it. Wi-Fi follows after
   WifiConfig_ReloadConfig. */
int CertStore_MoveCertificate(const char *sourceIdentifier, const char *destIdentifier);

enum z__CertInfoField {
    z__CertInfoField_NotBefore = 1,
    z__CertInfoField_NotAfter = 2,
    z__CertInfoField_Subject = 3,
    z__CertInfoField_Issuer = 4,
};
int z__CertStore_GetCertificateInfo(const char *identifier, enum z__CertInfoField field, void *out, size_t size);

static inline int CertStore_GetCertificateSubjectName(const char *identifier, CertStore_SubjectName *outSubjectName)
{
    return z__CertStore_GetCertificateInfo(identifier, z__CertInfoField_Subject, outSubjectName, sizeof(*outSubjectName));
}
static inline int CertStore_GetCertificateIssuerName(const char *identifier, CertStore_IssuerName *outIssuerName)
{
    return z__CertStore_GetCertificateInfo(identifier, z__CertInfoField_Issuer, outIssuerName, sizeof(*outIssuerName));
}
static inline int CertStore_GetCertificateNotBefore(const char *identifier, struct tm *outNotBefore)
{
    return z__CertStore_GetCertificateInfo(identifier, z__CertInfoField_NotBefore, outNotBefore, sizeof(*outNotBefore));
}
static inline int CertStore_GetCertificateNotAfter(const char *identifier, struct tm *outNotAfter)
{
    return z__CertStore_GetCertificateInfo(identifier, z__CertInfoField_NotAfter, outNotAfter, sizeof(*outNotAfter));
}

#ifdef __cplusplus
}
#endif
