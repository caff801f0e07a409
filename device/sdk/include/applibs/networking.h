/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */

/* Network interfaces, addresses, time and proxy. Not safe for several threads at once. Which capability a function needs
   is said with it: without, EACCES. EAGAIN while the network stack is not ready, ENOENT for an unknown interface, EPERM
   where that interface may not be changed. */

#pragma once

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* True once an interface is connected and has an address and the clock has been set from the network. */
int Networking_IsNetworkingReady(bool *outIsNetworkingReady);

/* ---- Interfaces ---- */

typedef uint8_t Networking_InterfaceMedium_Type;
enum {
    Networking_InterfaceMedium_Unspecified = 0,
    Networking_InterfaceMedium_Wifi = 1,
    Networking_InterfaceMedium_Ethernet = 2,
};

typedef uint8_t Networking_IpType;
enum {
    Networking_IpType_DhcpNone = 0,
    Networking_IpType_DhcpClient = 1,
};

/* Bits. */
typedef uint32_t Networking_InterfaceConnectionStatus;
enum {
    Networking_InterfaceConnectionStatus_InterfaceUp = 1,
    Networking_InterfaceConnectionStatus_ConnectedToNetwork = 2,
    Networking_InterfaceConnectionStatus_IpAvailable = 4,
    Networking_InterfaceConnectionStatus_ConnectedToInternet = 8,
};

struct z__Networking_NetworkInterface_Base {
    uint32_t z__magicAndVersion;
};
struct z__Networking_NetworkInterface_v1 {
    uint32_t z__magicAndVersion;
    bool isEnabled;
    char interfaceName[IF_NAMESIZE];
    uint32_t reserved;
    Networking_IpType ipConfigurationType;
    Networking_InterfaceMedium_Type interfaceMediumType;
};
typedef struct z__Networking_NetworkInterface_Base z__Networking_NetworkInterface_Base;
typedef struct z__Networking_NetworkInterface_v1 Networking_NetworkInterface;

ssize_t z__Networking_GetInterfaces(z__Networking_NetworkInterface_Base *interfaces, size_t count, uint32_t version);

/* How many interfaces there are; the same until the next restart. */
ssize_t Networking_GetInterfaceCount(void);

/* Fills an array and returns how many it filled in. ERANGE for an empty array. */
static inline ssize_t Networking_GetInterfaces(Networking_NetworkInterface *outNetworkInterfacesArray,
                                               size_t networkInterfacesArrayCount)
{
    return z__Networking_GetInterfaces((z__Networking_NetworkInterface_Base *)outNetworkInterfacesArray,
                                       networkInterfacesArrayCount, 1);
}

/* Switches an interface on or off. Capability NetworkConfig. */
int Networking_SetInterfaceState(const char *networkInterfaceName, bool isEnabled);

int Networking_GetInterfaceConnectionStatus(const char *networkInterfaceName,
                                            Networking_InterfaceConnectionStatus *outStatus);

#define HARDWARE_ADDRESS_LENGTH 6
typedef struct Networking_Interface_HardwareAddress {
    uint8_t address[HARDWARE_ADDRESS_LENGTH];
} Networking_Interface_HardwareAddress;

typedef uint32_t z__Networking_Attribute;
enum {
    z__Networking_Attribute_HardwareAddress = 1,
};
int z__Networking_SetInterfaceOpt(const char *networkInterfaceName, z__Networking_Attribute attribute, const void *value,
                                  size_t length);
ssize_t z__Networking_GetInterfaceOpt(const char *networkInterfaceName, z__Networking_Attribute attribute, void *value,
                                      size_t length);

/* Sets an interface's address of 6 bytes. Capability HardwareAddressConfig. */
static inline int Networking_SetHardwareAddress(const char *networkInterfaceName, const uint8_t *hardwareAddress,
                                                size_t hardwareAddressLength)
{
    return z__Networking_SetInterfaceOpt(networkInterfaceName, z__Networking_Attribute_HardwareAddress, hardwareAddress,
                                         hardwareAddressLength);
}
static inline int Networking_GetHardwareAddress(const char *networkInterfaceName,
                                                Networking_Interface_HardwareAddress *outAddress)
{
    return z__Networking_GetInterfaceOpt(networkInterfaceName, z__Networking_Attribute_HardwareAddress, outAddress,
                                         sizeof(*outAddress)) < 0 ? -1 : 0;
}

/* ---- IP configuration: Init, set, Apply, Destroy. Apply needs NetworkConfig; EFBIG when storage is full. ---- */

typedef struct Networking_IpConfig {
    uint64_t reserved[5];
} Networking_IpConfig;

void Networking_IpConfig_Init(Networking_IpConfig *ipConfig);
void Networking_IpConfig_Destroy(Networking_IpConfig *ipConfig);
void Networking_IpConfig_EnableDynamicIp(Networking_IpConfig *ipConfig);
/* Also ends automatic name servers. */
void Networking_IpConfig_EnableStaticIp(Networking_IpConfig *ipConfig, struct in_addr ipAddress, struct in_addr subnetMask,
                                        struct in_addr gatewayAddress);
void Networking_IpConfig_EnableAutomaticDns(Networking_IpConfig *ipConfig);
/* At most 3 name servers; EINVAL for more, or for 0.0.0.0. */
int Networking_IpConfig_EnableCustomDns(Networking_IpConfig *ipConfig, const struct in_addr *dnsServerAddresses,
                                        size_t serverCount);
int Networking_IpConfig_Apply(const char *networkInterfaceName, const Networking_IpConfig *ipConfig);

/* ---- Time. Setting needs TimeSyncConfig. ---- */

typedef uint32_t Networking_NtpOption;
enum {
    Networking_NtpOption_FallbackServerDisabled = 0,
    Networking_NtpOption_FallbackServerEnabled = 1,
};

int Networking_TimeSync_SetEnabled(bool enabled);
int Networking_TimeSync_GetEnabled(bool *outIsEnabled);
int Networking_TimeSync_EnableDefaultNtp(void);
/* Servers named by DHCP. */
int Networking_TimeSync_EnableAutomaticNtp(Networking_NtpOption option);
/* The second server may be NULL. ERANGE, EINVAL. */
int Networking_TimeSync_EnableCustomNtp(const char *primaryNtpServer, const char *secondaryNtpServer,
                                        Networking_NtpOption option);
/* Every out pointer may be NULL. ENOENT before the first synchronisation; ENOBUFS gives the length that is needed. */
int Networking_TimeSync_GetLastNtpSyncInfo(char *outputBuffer, size_t *outputBufferSize, struct tm *timeBeforeSync,
                                           struct tm *timeAfterSync);

/* ---- Servers on an interface with a static address. Capabilities SntpService, DhcpService. ---- */

typedef struct Networking_SntpServerConfig {
    uint64_t reserved[3];
} Networking_SntpServerConfig;

void Networking_SntpServerConfig_Init(Networking_SntpServerConfig *sntpServerConfig);
void Networking_SntpServerConfig_Destroy(Networking_SntpServerConfig *sntpServerConfig);
int Networking_SntpServer_Start(const char *networkInterfaceName, const Networking_SntpServerConfig *sntpServerConfig);

typedef struct Networking_DhcpServerConfig {
    uint64_t reserved[8];
} Networking_DhcpServerConfig;

void Networking_DhcpServerConfig_Init(Networking_DhcpServerConfig *dhcpServerConfig);
void Networking_DhcpServerConfig_Destroy(Networking_DhcpServerConfig *dhcpServerConfig);
int Networking_DhcpServerConfig_SetLease(Networking_DhcpServerConfig *dhcpServerConfig, struct in_addr startIpAddress,
                                         uint8_t ipAddressCount, struct in_addr subnetMask, struct in_addr gatewayAddress,
                                         uint32_t leaseTimeInHours);
int Networking_DhcpServerConfig_SetNtpServerAddresses(Networking_DhcpServerConfig *dhcpServerConfig,
                                                      const struct in_addr *ntpServerAddresses, size_t serverCount);
int Networking_DhcpServer_Start(const char *networkInterfaceName, const Networking_DhcpServerConfig *dhcpServerConfig);

/* ---- Proxy. Apply needs NetworkConfig; Get needs NetworkConfig or ReadNetworkProxyConfig. ---- */

typedef struct Networking_ProxyConfig Networking_ProxyConfig;

#define NETWORKING_PROXY_MAX_ADDRESS_LENGTH 255
#define NETWORKING_PROXY_MAX_USERNAME_LENGTH 63
#define NETWORKING_PROXY_MAX_PASSWORD_LENGTH 63
#define NETWORKING_PROXY_MAX_NO_PROXY_LENGTH 255

typedef uint32_t Networking_ProxyStatus;
enum {
    Networking_ProxyStatus_Enabled = 1,
    Networking_ProxyStatus_ResolvingProxyName = 2,
    Networking_ProxyStatus_Ready = 4,
};

typedef uint32_t Networking_ProxyOptions;
enum {
    Networking_ProxyOptions_None = 1,
    Networking_ProxyOptions_Enabled = 2,
};

typedef int Networking_ProxyType;
enum {
    Networking_ProxyType_Invalid = -1,
    Networking_ProxyType_HTTP = 0,
};

typedef int Networking_ProxyAuthType;
enum {
    Networking_ProxyAuthType_Invalid = -1,
    Networking_ProxyAuthType_Anonymous = 0,
    Networking_ProxyAuthType_Basic = 1,
};

Networking_ProxyConfig *Networking_Proxy_Create(void);
void Networking_Proxy_Destroy(Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_Apply(const Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_Get(Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_SetProxyOptions(Networking_ProxyConfig *proxyConfig, Networking_ProxyOptions proxyOptions);
int Networking_Proxy_SetProxyAddress(Networking_ProxyConfig *proxyConfig, const char *proxyAddress, uint16_t proxyPort);
int Networking_Proxy_SetAnonymousAuthentication(Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_SetBasicAuthentication(Networking_ProxyConfig *proxyConfig, const char *username, const char *password);
int Networking_Proxy_SetProxyNoProxyAddresses(Networking_ProxyConfig *proxyConfig, const char *noProxyAddresses);
int Networking_Proxy_GetProxyOptions(const Networking_ProxyConfig *proxyConfig, Networking_ProxyOptions *outProxyOptions);
const char *Networking_Proxy_GetProxyAddress(const Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_GetProxyPort(const Networking_ProxyConfig *proxyConfig, uint16_t *outProxyPort);
Networking_ProxyType Networking_Proxy_GetProxyType(const Networking_ProxyConfig *proxyConfig);
const char *Networking_Proxy_GetProxyUsername(const Networking_ProxyConfig *proxyConfig);
const char *Networking_Proxy_GetProxyPassword(const Networking_ProxyConfig *proxyConfig);
Networking_ProxyAuthType Networking_Proxy_GetAuthType(const Networking_ProxyConfig *proxyConfig);
const char *Networking_Proxy_GetNoProxyAddresses(const Networking_ProxyConfig *proxyConfig);
int Networking_Proxy_GetProxyStatus(Networking_ProxyStatus *outProxyStatus);

#ifdef __cplusplus
}
#endif
