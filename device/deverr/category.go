package deverr

import "slices"

// category is a part of the catalogue.
type category struct {
	number int
	name   string // of the catalogue's file, "app_manifest_error"
	class  string // what the parsed device log writes before "::", "AppManifestError"
	about  string
}

// categories are the catalogue's parts in OS 22.07 to 24.06, by number; 36 was in 22.07 alone, 48 and 49 came with 22.09
// (names and numbers: the catalogue's own; facts/manifest.md 4.2). What a number's ids are about is said by their names.
var categories = [...]category{
	{0, "linux_error", "LinuxError", "error numbers of Linux, as they are"},
	{1, "app_manager_error", "AppManagerError", "starting, stopping and installing apps"},
	{2, "app_manifest_error", "AppManifestError", "the app manifest"},
	{3, "lifetime_manager_error", "LifetimeManagerError", "apps' lives and debugging"},
	{4, "mounter_error", "MounterError", "mounting images"},
	{5, "peripheral_error", "PeripheralError", "GPIOs and peripherals"},
	{6, "permissions_error", "PermissionsError", "users, rights and storage quota"},
	{7, "image_update_error", "ImageUpdateError", "staging, verifying and installing images"},
	{10, "rest_error", "RestError", "requests to the device's REST service"},
	{11, "networkd_error", "NetworkdError", "network service: interfaces, names, time"},
	{12, "wifi_request_error", "WifiRequestError", "Wi-Fi, as the network service sees it"},
	{13, "wifi_error", "WifiError", "Wi-Fi, as apps and tools see it"},
	{14, "rest_app_error", "RestAppError", "the app endpoints of the device's REST service"},
	{15, "http_error", "HttpError", "addresses and bodies of requests"},
	{16, "rest_update_error", "RestUpdateError", "staging images over the REST service"},
	{17, "log_manager_error", "LogManagerError", "the device log"},
	{18, "json_error", "JsonError", "JSON on the device"},
	{21, "curl_error", "CurlError", "error numbers of libcurl, as they are"},
	{22, "wolfssl_error", "WolfSslError", "error numbers of wolfSSL, as they are"},
	{23, "deviceauth_error", "DeviceAuthError", "device authentication and its certificates"},
	{25, "flash_image_builder_error", "FlashImageBuilderError", "building flash contents"},
	{26, "partition_error", "PartitionError", "where images lie in flash, backups"},
	{27, "recovery_table_builder_error", "RecoveryTableBuilderError", "laying out flash in recovery"},
	{28, "wolfcrypt_error", "WolfCryptError", "error numbers of wolfCrypt, as they are"},
	{29, "prov_services_client_error", "ProvServicesClientError", "error numbers of the provisioning client, as they are"},
	{30, "netconfig_error", "NetConfigError", "network settings"},
	{31, "ipc_error", "IpcError", "calls between apps and the OS"},
	{32, "hal_error", "HalError", "chip: real-time cores, flash, memory, pins"},
	{33, "spi_error", "SpiError", "SPI"},
	{34, "i2c_error", "I2cError", "I2C"},
	{35, "resource_manager_error", "ResourceManagerError", "sharing out the chip's resources"},
	{36, "daacurl_error", "DAACurlError", "connections with the device's certificate"},
	{37, "certstorage_error", "CertStorageError", "certificate store"},
	{38, "system_event_manager_error", "SystemEventManagerError", "system events and putting off updates"},
	{39, "recovery_error", "RecoveryError", "recovery"},
	{40, "hal_mt3620_error", "HalMt3620Error", "the MT3620's flash, memory and clock"},
	{42, "image_metadata_error", "ImageMetadataError", "metadata of image packages"},
	{43, "byte_reader_error", "ByteReaderError", "reading binary data"},
	{44, "firewall_rules_error", "FirewallRulesError", "the apps' network rules"},
	{45, "azcore_error", "AzcoreError", "crash reports"},
	{46, "pluton_error", "PlutonRtError", "Pluton, which starts the device"},
	{47, "sd_emmc_error", "SdEmmcError", "SD cards and eMMC"},
	{48, "bsp_generic_error", "BspGenericError", "board support"},
	{49, "security_monitor_syscall_error", "SecurityMonitorSyscallErrors", "calls of the security monitor"},
}

func lookupCategory(n int) category {
	if i, ok := slices.BinarySearchFunc(categories[:], n, func(c category, n int) int { return c.number - n }); ok {
		return categories[i]
	}
	return category{}
}

// Category returns the catalogue's name of a category, such as "app_manifest_error", and what it is about; "" for one
// that is not in the table.
func Category(n int) (name, about string) {
	c := lookupCategory(n)
	return c.name, c.about
}

// Class returns the name that a parsed device log writes for a category, "AppManifestError" in
// "AppManifestError::InvalidJson"; "" for one that is not in the table.
func Class(n int) string { return lookupCategory(n).class }
