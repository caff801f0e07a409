package project

import (
	"path"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// launchPaths are the files with launch configurations that may lie in a folder: of VS Code and of Visual Studio.
var launchPaths = [...]string{launchFile, "launch.vs.json"}

const launchFile = ".vscode/launch.json"

// launchConfig is one configuration that starts an app on a device.
type launchConfig struct {
	node     *jsonc.Node // the object
	attr     string      // the attribute that names partners
	list     *jsonc.Node // its value, nil if it is not there
	partners []launchPartner
	known    bool // every entry of the list is understood
}

// launchPartner is one app that stays on the device: by its id, or by its folder.
type launchPartner struct {
	node   *jsonc.Node
	id     string // GUID in lower case, "" for a folder
	folder string // in the FS, "" for an id
}

// launchConfigs returns the configurations of an object that has them, as launch.json is one, which start an app by
// deploying it: with the vendor's debugger (azurespheredbg, attribute partnerComponents) or ours (armillary, partners,
// which takes the vendor's name as well). Folders are relative to base.
func launchConfigs(o *jsonc.Node, base string) []launchConfig {
	list := o.Get("configurations")
	if list == nil || list.Kind != jsonc.Array {
		return nil
	}
	var out []launchConfig
	for _, n := range list.Children {
		c := launchConfig{node: n, attr: "partnerComponents", known: true}
		switch typ, _ := n.Get("type").Str(); typ {
		case "azurespheredbg":
			c.list = n.Get(c.attr)
		case "armillary":
			if c.list = n.Get("partners"); c.list == nil {
				c.list = n.Get(c.attr)
			}
			if c.list == nil || c.list.Name() != c.attr {
				c.attr = "partners"
			}
		default:
			continue
		}
		if request, ok := n.Get("request").Str(); ok && request != "launch" {
			continue
		}
		c.read(base)
		out = append(out, c)
	}
	return out
}

func (c *launchConfig) read(base string) {
	if c.list == nil {
		return
	}
	if c.known = c.list.Kind == jsonc.Array; !c.known {
		return
	}
	for _, e := range c.list.Children {
		s, ok := e.Str()
		switch {
		case !ok:
			c.known = false
		case manifest.IsGUID(s):
			c.partners = append(c.partners, launchPartner{node: e, id: strings.ToLower(s)})
		case c.attr == "partners":
			s = strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "${workspaceFolder}/")
			if strings.Contains(s, "${") || path.IsAbs(s) {
				c.known = false
				continue
			}
			c.partners = append(c.partners, launchPartner{node: e, folder: path.Join(base, s)})
		default:
			c.known = false
		}
	}
}
