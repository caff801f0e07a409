package cli

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device/capability"
	"armillary.dev/device/rule"
)

func init() { commands["capability"] = newCapability }

func newCapability(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "capability",
		Short: "Device capability files: what the cloud issues to unlock one device",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCapabilityShow(s))
	return cmd
}

// maxCapability is far more than a capability file has: 392 bytes, and a third more in base64.
const maxCapability = 1 << 20

// capabilityInfo is what `capability show --json` prints.
type capabilityInfo struct {
	File         string              `json:"file"`
	Size         int                 `json:"size"` // of the binary
	Base64       bool                `json:"base64"`
	DeviceID     string              `json:"deviceId"`
	Capabilities []capabilityGranted `json:"capabilities"`
	Built        *time.Time          `json:"built,omitempty"`
	Signature    capabilitySignature `json:"signature"`
	Findings     []capabilityFinding `json:"findings"`
}

type capabilityGranted struct {
	ID         uint32          `json:"id"`
	Name       string          `json:"name,omitempty"`
	Confidence rule.Confidence `json:"confidence,omitempty"` // in the name
}

type capabilitySignature struct {
	State      string `json:"state"` // not-verified, missing
	Thumbprint string `json:"thumbprint,omitempty"`
}

type capabilityFinding struct {
	Code       string `json:"code"`
	Severity   string `json:"severity"`
	Start      int    `json:"start"` // bytes of the file
	End        int    `json:"end"`
	Message    string `json:"message"`
	DeviceCode int    `json:"deviceCode,omitempty"`
}

func newCapabilityShow(s streams) *cobra.Command {
	var device string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a device capability file: for which device, and what it opens",
		Long: "Shows what a device capability file (.cap) grants and to which device. The base64 form of the header\n" +
			"AZSPHERE-CAPABILITIES is read too. The signature is " + capability.Unverified + ".\n\n" +
			"These are capabilities of a device, which the cloud issues; what an app may use stands in its app_manifest.json.\n\n" +
			"Exit codes: 0 it is a capability file, and for the device of --device; 1 it is not; 3 it cannot be read.",
		Example: "  armillary capability show board.cap\n" +
			"  armillary capability show --device 0123…cdef --json board.cap",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if device != "" {
				if _, err := capability.ParseDeviceID(device); err != nil {
					return fail(ExitUsage, "--device: %w", err)
				}
			}
			return showCapability(s, args[0], device, asJSON)
		},
	}
	cmd.Flags().StringVar(&device, "device", "", "`ID` of the device that it should be for")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showCapability(s streams, path, device string, asJSON bool) error {
	in, err := os.Open(path)
	if err != nil {
		return fail(ExitFailed, "%w", err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxCapability+1))
	if err != nil {
		return fail(ExitFailed, "%w", err)
	}
	if len(data) > maxCapability {
		return fail(ExitFailed, "%s is larger than any capability file can be", relative(path))
	}
	f, problems := capability.Read(data)
	info := capabilityInfo{
		File: relative(path), Size: len(f.Data), Base64: f.Base64, DeviceID: f.DeviceIDString(),
		Capabilities: []capabilityGranted{}, Findings: []capabilityFinding{}, Signature: capabilitySignature{State: "missing"},
	}
	for _, c := range f.Capabilities {
		k, _ := c.ID.Lookup()
		info.Capabilities = append(info.Capabilities, capabilityGranted{uint32(c.ID), k.Name, k.Confidence})
	}
	if f.Trailer != nil {
		info.Signature.State = "not-verified"
		if sg, err := f.Trailer.Signing(); err == nil {
			info.Signature.Thumbprint = sg.Thumbprint.String()
		}
		if d, ok, _ := f.Trailer.Debug(); ok {
			info.Built = &d.Built
		}
	}
	bad := false
	for _, x := range capability.CheckFile(f, problems, capability.Options{DeviceID: device}) {
		info.Findings = append(info.Findings, capabilityFinding{x.Rule.Code, x.Severity.String(), x.Span.Start, x.Span.End, x.Message, x.Refuses.Code})
		bad = bad || x.Severity == rule.Error || x.Rule.Code == "AZS401" // which is asked for by --device
	}
	if asJSON {
		err = printJSON(s.out, info)
	} else {
		err = info.print(s.out, f)
	}
	if err != nil {
		return fail(ExitFailed, "%w", err)
	}
	if bad {
		return &exitError{code: ExitFindings}
	}
	return nil
}

func (i capabilityInfo) print(w io.Writer, f *capability.File) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	form := "binary"
	if i.Base64 {
		form = "in base64"
	}
	fmt.Fprintf(tw, "file\t%s, %d bytes, %s\n", i.File, i.Size, form)
	if i.DeviceID != "" {
		fmt.Fprintf(tw, "device\t%s\n", i.DeviceID)
		if len(f.Capabilities) == 0 {
			fmt.Fprintf(tw, "grants\tnothing\n")
		}
	}
	for _, c := range f.Capabilities {
		k, ok := c.ID.Lookup()
		said := c.ID.String()
		if ok {
			said = fmt.Sprintf("%d %s", uint32(c.ID), said)
		}
		if k.Opens != "" {
			said += ": " + k.Opens
		}
		fmt.Fprintf(tw, "grants\t%s\n", said)
	}
	if i.Built != nil {
		fmt.Fprintf(tw, "built\t%s\n", i.Built.Format(time.RFC3339))
	}
	switch i.Signature.State {
	case "missing":
		fmt.Fprintf(tw, "signature\tnone\n")
	default:
		fmt.Fprintf(tw, "signature\t%s (certificate thumbprint %s)\n", capability.Unverified, i.Signature.Thumbprint)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(i.Findings) > 0 {
		fmt.Fprintln(w)
	}
	for _, x := range i.Findings {
		fmt.Fprintf(w, "%s %s: %s\n", x.Severity, x.Code, x.Message)
	}
	return nil
}
