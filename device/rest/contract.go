// Package rest is the device's REST API as both sides see it: paths and JSON shapes, and a client for boards and
// emulated devices alike.
//
// The shapes are those that the vendor's own clients and their tests demand (facts/device.md section 2): compact JSON,
// keys in the order of the fields here. The package must not know how a device is reached (it is handed a dialler) nor
// how the emulated device answers.
package rest

// Version is the REST-API-Version that the emulated device reports. 4.6.0 is the newest that the vendor's clients ask for.
const Version = "4.6.0"

// VersionHeader is in every response.
const VersionHeader = "REST-API-Version"

// CapabilityHeader carries a capability file, in base64, that holds for one request.
const CapabilityHeader = "AZSPHERE-CAPABILITIES"

// Media types of bodies.
const (
	JSON        = "application/json"
	OctetStream = "application/octet-stream"
)

// Paths. Those that end in a slash are followed by a component id or a name.
const (
	PathStatus       = "/status"
	PathOSVersion    = "/osversion"
	PathRestart      = "/restart"
	PathLog          = "/log"
	PathTelemetry    = "/telemetry"
	PathSecurity     = "/device/security_state"
	PathCapabilities = "/device/capabilities"
	PathMfgState     = "/device/manufacturing_state"
	PathMemory       = "/stats/memory/groups/applications"
	PathABI          = "/abi_versions"
	PathImages       = "/images"
	PathStage        = "/update/stage"
	PathInstall      = "/update/install"
	PathAppImage     = "/app/image/"
	PathAppStatus    = "/app/status/"
	PathAppQuota     = "/app/quota/"
	PathNetStatus    = "/net/status"
	PathInterfaces   = "/net/interfaces"
	PathInterface    = "/net/interfaces/"
)

// GDBServer is the component id of the vendor's debug server, which is an application like any other.
const GDBServer = "8548b129-b16f-4f84-8dbe-d2c847862e78"

// ErrorBody is the body of a failure.
type ErrorBody struct {
	Error int `json:"error"` // category<<20 | id, or an errno
}

// Status answers GET /status.
type Status struct {
	Uptime int64 `json:"uptime"` // seconds
}

// OSVersion answers GET /osversion.
type OSVersion struct {
	OSVersion string `json:"osversion"`
}

// Restarting answers what may restart the device. False is written as {}.
type Restarting struct {
	RestartingSystem bool `json:"restartingSystem,omitempty"`
}

// SecurityState answers GET /device/security_state.
type SecurityState struct {
	SecurityState           string `json:"securityState"` // TEST, BLANK, SECURE, EOL, UNKNOWN
	DeviceIdentifier        string `json:"deviceIdentifier"`
	DeviceIdentityPublicKey string `json:"deviceIdentityPublicKey"`
}

// Device capabilities (facts/device.md 3.3).
const (
	AppDevelopment   = 11
	EnableRFTestMode = 12
	FieldServicing   = 13
)

// Capabilities answers GET /device/capabilities.
type Capabilities struct {
	DeviceCapabilities []int `json:"device_capabilities"`
}

// ManufacturingState answers GET /device/manufacturing_state: Blank, Module1Complete, DeviceComplete.
type ManufacturingState struct {
	ManufacturingState string `json:"manufacturingState"`
}

// ABIVersions answers GET /abi_versions.
type ABIVersions struct {
	SecureWorldRuntime int
	OSRuntime          int
	ApplicationRuntime int
}

// Memory answers GET /stats/memory/groups/applications.
type Memory struct {
	MemoryStats MemoryStats `json:"memoryStats"`
}

// MemoryStats are in bytes.
type MemoryStats struct {
	Current  int64 `json:"currentMemoryUsageInBytes"`
	UserMode int64 `json:"userModeMemoryUsageInBytes"`
	Peak     int64 `json:"peakUserModeMemoryUsageInBytes"`
}

// Images answers GET /images.
type Images struct {
	IsOTAUpdateInProgress bool        `json:"is_ota_update_in_progress"`
	HasStagedUpdates      bool        `json:"has_staged_updates"`
	RestartRequired       bool        `json:"restart_required"`
	Components            []Component `json:"components"`
}

// Component is one installed or staged component.
type Component struct {
	UID                         string  `json:"uid"`
	ImageType                   int     `json:"image_type"`
	IsUpdateStaged              bool    `json:"is_update_staged"`
	DoesImageTypeRequireRestart bool    `json:"does_image_type_require_restart"`
	Images                      []Image `json:"images"`
	Name                        string  `json:"name"`
}

// Image is one image of a component.
type Image struct {
	UID                string `json:"uid"`
	Length             int    `json:"length_in_bytes"`
	UncompressedLength int    `json:"uncompressed_length_in_bytes"`
	ReplicaType        int    `json:"replica_type"`
}

// InstallMode says what becomes of an app after its installation.
type InstallMode string

// Install modes.
const (
	Auto   InstallMode = "Auto"   // it is started
	Manual InstallMode = "Manual" // it is left stopped, ready for StartDebug
)

// Install is the body of POST /update/install.
type Install struct {
	AppControlMode InstallMode `json:"appControlMode"`
}

// State is what an app is doing.
type State string

// States of an app.
const (
	Running    State = "running"
	Stopped    State = "stopped"
	Debugging  State = "debugging"
	NotPresent State = "notPresent"
)

// AppStatus answers GET and PATCH /app/status.
type AppStatus struct {
	State        State `json:"state"`
	RealTimeCore *int  `json:"realTimeCore,omitempty"` // of a real-time app that is being debugged
	GDBPort      int   `json:"gdbPort,omitempty"`      // of a high-level app that is being debugged
	OutPort      int   `json:"outPort,omitempty"`
}

// Trigger is the body of PATCH /app/status.
type Trigger struct {
	Trigger string `json:"trigger"`
}

// Triggers.
const (
	TriggerStart      = "start"
	TriggerStop       = "stop"
	TriggerStartDebug = "startDebug"
)

// Quota answers GET /app/quota.
type Quota struct {
	UsageKB int
	LimitKB int
}

// NetStatus answers GET /net/status.
type NetStatus struct {
	DeviceAuthenticationIsReady bool   `json:"deviceAuthenticationIsReady"`
	NetworkTimeSync             string `json:"networkTimeSync"` // complete, incomplete, disabled
	Proxy                       string `json:"proxy"`           // disabled, enabled, resolvingProxyName, ready
}

// Interfaces answers GET /net/interfaces.
type Interfaces struct {
	Interfaces []Interface `json:"interfaces"`
}

// Interface is a network interface.
type Interface struct {
	InterfaceName       string   `json:"interfaceName"`
	InterfaceUp         bool     `json:"interfaceUp"`
	ConnectedToNetwork  bool     `json:"connectedToNetwork"`
	IPAcquired          bool     `json:"ipAcquired"`
	ConnectedToInternet bool     `json:"connectedToInternet"`
	IPAddresses         []string `json:"ipAddresses"`
}
