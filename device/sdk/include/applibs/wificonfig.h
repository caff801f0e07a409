/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Wi-Fi. Needs the WifiConfig capability, and EnterpriseWifiConfig for EAP-TLS: else EACCES. EAGAIN while the system is not
   ready, ENETDOWN while the interface is off, ENODEV for an unknown network id. Changes act at once and are lost at a
   restart unless WifiConfig_PersistConfig saves them. */

#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include <applibs/certstore.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WIFICONFIG_SSID_MAX_LENGTH 32
#define WIFICONFIG_BSSID_BUFFER_SIZE 6
#define WIFICONFIG_WPA2_KEY_MAX_BUFFER_SIZE 64
#define WIFICONFIG_CONFIG_NAME_MAX_LENGTH 16
#define WIFICONFIG_EAP_IDENTITY_MAX_LENGTH 254

typedef uint8_t WifiConfig_Security_Type;
enum {
    WifiConfig_Security_Unknown = 0,
    WifiConfig_Security_Open = 1,
    WifiConfig_Security_Wpa2_Psk = 2,
    WifiConfig_Security_Wpa2_EAP_TLS = 3,
};

/* The first word of each is a mark with the structure's version; the functions below fill it in. */
struct z__WifiConfig_StoredNetwork_Base {
    uint32_t z__magicAndVersion;
};
struct z__WifiConfig_StoredNetwork_v1 {
    uint32_t z__magicAndVersion;
    uint8_t ssid[WIFICONFIG_SSID_MAX_LENGTH];
    uint8_t ssidLength;
    bool isEnabled;
    bool isConnected;
    WifiConfig_Security_Type security;
};
struct z__WifiConfig_ConnectedNetwork_Base {
    uint32_t z__magicAndVersion;
};
struct z__WifiConfig_ConnectedNetwork_v1 {
    uint32_t z__magicAndVersion;
    uint8_t ssid[WIFICONFIG_SSID_MAX_LENGTH];
    uint8_t bssid[WIFICONFIG_BSSID_BUFFER_SIZE];
    uint8_t ssidLength;
    WifiConfig_Security_Type security;
    uint32_t frequencyMHz;
    int8_t signalRssi;
};
struct z__WifiConfig_ScannedNetwork_Base {
    uint32_t z__magicAndVersion;
};
struct z__WifiConfig_ScannedNetwork_v1 {
    uint32_t z__magicAndVersion;
    uint8_t ssid[WIFICONFIG_SSID_MAX_LENGTH];
    uint8_t bssid[WIFICONFIG_BSSID_BUFFER_SIZE];
    uint8_t ssidLength;
    WifiConfig_Security_Type security;
    uint32_t frequencyMHz;
    int8_t signalRssi;
};
typedef struct z__WifiConfig_StoredNetwork_Base z__WifiConfig_StoredNetwork_Base;
typedef struct z__WifiConfig_ConnectedNetwork_Base z__WifiConfig_ConnectedNetwork_Base;
typedef struct z__WifiConfig_ScannedNetwork_Base z__WifiConfig_ScannedNetwork_Base;
typedef struct z__WifiConfig_StoredNetwork_v1 WifiConfig_StoredNetwork;
typedef struct z__WifiConfig_ConnectedNetwork_v1 WifiConfig_ConnectedNetwork;
typedef struct z__WifiConfig_ScannedNetwork_v1 WifiConfig_ScannedNetwork;

typedef struct WifiConfig_ClientIdentity {
    char identity[WIFICONFIG_EAP_IDENTITY_MAX_LENGTH + 1];
} WifiConfig_ClientIdentity;

/* The last failed attempt to connect. Two layouts, for 32-bit and 64-bit time_t. */
struct WifiConfig_NetworkDiagnostics32 {
    bool isEnabled;
    bool isConnected;
    uint32_t error;
    int32_t timestamp;
    uint32_t certError;
    uint32_t certDepth;
    char certSubject[CERTSTORE_MAX_NAME_LENGTH + 1];
};
struct WifiConfig_NetworkDiagnostics64 {
    bool isEnabled;
    bool isConnected;
    uint32_t error;
    int64_t timestamp;
    uint32_t certError;
    uint32_t certDepth;
    char certSubject[CERTSTORE_MAX_NAME_LENGTH + 1];
};
typedef struct WifiConfig_NetworkDiagnostics64 WifiConfig_NetworkDiagnostics;

typedef int z__WifiConfig_Attribute;
enum {
    z__WifiConfig_Attribute_SSID = 0,
    z__WifiConfig_Attribute_SecurityType = 1,
    z__WifiConfig_Attribute_Enable = 2,
    z__WifiConfig_Attribute_Save = 3,
    z__WifiConfig_Attribute_Reload = 4,
    z__WifiConfig_Attribute_PSK = 5,
    z__WifiConfig_Attribute_ClientIdentity = 6,
    z__WifiConfig_Attribute_ClientCertId = 7,
    z__WifiConfig_Attribute_RootCACertId = 8,
    z__WifiConfig_Attribute_TargetedScan = 11,
    z__WifiConfig_Attribute_ConfigName = 12,
    z__WifiConfig_Attribute_NetworkDiagnostics32 = 22,
    z__WifiConfig_Attribute_NetworkDiagnostics64 = 23,
};

int z__WifiConfig_SetNetworkOpt(int networkId, z__WifiConfig_Attribute attribute, const void *value, size_t length);
ssize_t z__WifiConfig_GetNetworkOpt(int networkId, z__WifiConfig_Attribute attribute, void *value, size_t length);
int z__WifiConfig_ForgetNetwork(const z__WifiConfig_StoredNetwork_Base *storedNetwork);
ssize_t z__WifiConfig_GetStoredNetworks(z__WifiConfig_StoredNetwork_Base *networks, size_t count, uint32_t version);
int z__WifiConfig_GetCurrentNetwork(z__WifiConfig_ConnectedNetwork_Base *network, uint32_t version);
ssize_t z__WifiConfig_GetScannedNetworks(z__WifiConfig_ScannedNetwork_Base *networks, size_t count, uint32_t version);

/* ---- Networks by id ---- */

/* A new, empty network; returns its id. ENOMEM. */
int WifiConfig_AddNetwork(void);
/* A copy under another name, switched off. EEXIST when the name is in use. */
int WifiConfig_AddDuplicateNetwork(int networkId, const char *configName);
int WifiConfig_ForgetNetworkById(int networkId);
/* Lasting at once. */
int WifiConfig_ForgetAllNetworks(void);
/* ENOTCONN. The id may change when networks are added or removed. */
int WifiConfig_GetConnectedNetworkId(void);
int WifiConfig_GetNetworkIdByConfigName(const char *configName);

/* 1..32 bytes. */
static inline int WifiConfig_SetSSID(int networkId, const uint8_t *ssid, size_t ssidLength)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_SSID, ssid, ssidLength);
}
static inline int WifiConfig_SetSecurityType(int networkId, WifiConfig_Security_Type securityType)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_SecurityType, &securityType, sizeof(securityType));
}
static inline int WifiConfig_SetNetworkEnabled(int networkId, bool enabled)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_Enable, &enabled, sizeof(enabled));
}
/* A buffer of at most 64 bytes. */
static inline int WifiConfig_SetPSK(int networkId, const char *psk, size_t pskLength)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_PSK, psk, pskLength);
}
/* Asks for the network by name: hidden networks need it. */
static inline int WifiConfig_SetTargetedScanEnabled(int networkId, bool enabled)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_TargetedScan, &enabled, sizeof(enabled));
}
static inline int WifiConfig_SetConfigName(int networkId, const char *configName)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_ConfigName, configName, 0);
}

/* Saves all networks; each needs an SSID. ENOSPC. */
static inline int WifiConfig_PersistConfig(void)
{
    return z__WifiConfig_SetNetworkOpt(-1, z__WifiConfig_Attribute_Save, NULL, 0);
}
/* Drops what was not saved and connects anew; also needed after certificates were replaced. */
static inline int WifiConfig_ReloadConfig(void)
{
    return z__WifiConfig_SetNetworkOpt(-1, z__WifiConfig_Attribute_Reload, NULL, 0);
}

/* ---- EAP-TLS. Capability EnterpriseWifiConfig. ---- */

static inline int z__WifiConfig_GetCertificateIdentifier(int networkId, z__WifiConfig_Attribute attribute,
                                                         CertStore_Identifier *outIdentifier)
{
    if (attribute != z__WifiConfig_Attribute_ClientCertId && attribute != z__WifiConfig_Attribute_RootCACertId) {
        errno = EINVAL;
        return -1;
    }
    return z__WifiConfig_GetNetworkOpt(networkId, attribute, outIdentifier, sizeof(*outIdentifier)) < 0 ? -1 : 0;
}
static inline int WifiConfig_GetClientCertStoreIdentifier(int networkId, CertStore_Identifier *outIdentifier)
{
    return z__WifiConfig_GetCertificateIdentifier(networkId, z__WifiConfig_Attribute_ClientCertId, outIdentifier);
}
static inline int WifiConfig_GetRootCACertStoreIdentifier(int networkId, CertStore_Identifier *outIdentifier)
{
    return z__WifiConfig_GetCertificateIdentifier(networkId, z__WifiConfig_Attribute_RootCACertId, outIdentifier);
}
static inline int WifiConfig_SetClientCertStoreIdentifier(int networkId, const char *certStoreIdentifier)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_ClientCertId, certStoreIdentifier, strlen(certStoreIdentifier));
}
/* Without one the server is not authenticated. */
static inline int WifiConfig_SetRootCACertStoreIdentifier(int networkId, const char *certStoreIdentifier)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_RootCACertId, certStoreIdentifier, strlen(certStoreIdentifier));
}
static inline int WifiConfig_GetClientIdentity(int networkId, WifiConfig_ClientIdentity *outIdentity)
{
    return z__WifiConfig_GetNetworkOpt(networkId, z__WifiConfig_Attribute_ClientIdentity, outIdentity,
                                       sizeof(*outIdentity)) < 0 ? -1 : 0;
}
static inline int WifiConfig_SetClientIdentity(int networkId, const char *identity)
{
    return z__WifiConfig_SetNetworkOpt(networkId, z__WifiConfig_Attribute_ClientIdentity, identity, strlen(identity));
}

/* ---- What is stored, connected, in the air ---- */

ssize_t WifiConfig_GetStoredNetworkCount(void);
/* Fill an array, return how many; ERANGE for an empty array. */
static inline ssize_t WifiConfig_GetStoredNetworks(WifiConfig_StoredNetwork *storedNetworkArray, size_t storedNetworkArrayCount)
{
    return z__WifiConfig_GetStoredNetworks((z__WifiConfig_StoredNetwork_Base *)storedNetworkArray, storedNetworkArrayCount, 1);
}
/* ENODATA when not connected. */
static inline int WifiConfig_GetCurrentNetwork(WifiConfig_ConnectedNetwork *connectedNetwork)
{
    return z__WifiConfig_GetCurrentNetwork((z__WifiConfig_ConnectedNetwork_Base *)connectedNetwork, 1);
}
/* Scans, which takes a while, and returns how many it found. */
ssize_t WifiConfig_TriggerScanAndGetScannedNetworkCount(void);
static inline ssize_t WifiConfig_GetScannedNetworks(WifiConfig_ScannedNetwork *scannedNetworkArray,
                                                    size_t scannedNetworkArrayCount)
{
    return z__WifiConfig_GetScannedNetworks((z__WifiConfig_ScannedNetwork_Base *)scannedNetworkArray,
                                            scannedNetworkArrayCount, 1);
}
/* ENODEV when no attempt has failed. */
static inline int WifiConfig_GetNetworkDiagnostics(int networkId, WifiConfig_NetworkDiagnostics *networkDiagnostics)
{
    return z__WifiConfig_GetNetworkOpt(networkId, z__WifiConfig_Attribute_NetworkDiagnostics64, networkDiagnostics,
                                       sizeof(*networkDiagnostics)) < 0 ? -1 : 0;
}

/* ---- The older interface ---- */

/* ERANGE for the SSID's length, EEXIST for one that is stored already, ENOSPC. */
int WifiConfig_StoreOpenNetwork(const uint8_t *ssid, size_t ssidLength);
int WifiConfig_StoreWpa2Network(const uint8_t *ssid, size_t ssidLength, const char *psk, size_t pskLength);
static inline int WifiConfig_ForgetNetwork(const WifiConfig_StoredNetwork *storedNetwork)
{
    return z__WifiConfig_ForgetNetwork((const z__WifiConfig_StoredNetwork_Base *)storedNetwork);
}

#ifdef __cplusplus
}
#endif
