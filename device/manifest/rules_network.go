package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// networkRules are the rest of group 3 of facts/diagnostics.md: ports, hosts, ids, and capabilities that belong
// together. AZS063 needs the C source and AZS074 the target API set; they are not here.
var networkRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS058", Severity: rule.Error, Title: "port out of range",
		Doc: "A port is a whole number from 1 to 65535.", Source: "facts/manifest.md 1.2", Refuses: inferred(2, 38)}, Check: checkPorts},
	{Rule: rule.Rule{Code: "AZS059", Severity: rule.Info, Title: "well-known port, or a port twice",
		Doc: "Ports below 1024 belong to well-known services, which the OS may offer itself. A port that is there twice is there once.",
		Fix: "removes the second one", Source: "facts/diagnostics.md 3"}, Check: checkPortUse},
	{Rule: rule.Rule{Code: "AZS060", Severity: rule.Error, Title: "host with scheme, port, path or wildcard",
		Doc: "AllowedConnections lists bare host names or IPv4 addresses: `example.com`, not `https://user@example.com:443/path`. There are no wildcards and no subnets: each host is listed.",
		Fix: "keeps the host alone, where it is clear which part that is", Source: "facts/manifest.md 1.2 (partly recalled)", Refuses: recalled(2, 9)}, Check: func(p *pass) {
		p.hosts(func(c *jsonc.Node, v verdict) {
			if v.rule != "AZS060" {
				return
			}
			f := p.At(c, "%s", v.msg)
			if v.host != "" {
				jsonrule.Fix(f, "Write "+strconv.Quote(v.host), jsonrule.Replace(c, strconv.Quote(v.host)))
			} else if strings.TrimSpace(c.Text()) == "" {
				jsonrule.Fix(f, "Remove it", p.Remove(c))
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS061", Severity: rule.Warning, Title: "placeholder instead of a host",
		Doc:    "The entry still has the text of a template. Put in the host that the app connects to; until then the connection is blocked.",
		Source: "facts/manifest.md 1.4"}, Check: func(p *pass) {
		p.hosts(func(c *jsonc.Node, v verdict) {
			if v.rule == "AZS061" {
				p.At(c, "%s", v.msg)
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS062", Severity: rule.Warning, Title: "not a host name",
		Doc:    "A host name is made of labels of up to 63 letters, digits and hyphens, 253 characters in all; an address is IPv4. DNS service names such as `_http._tcp.local` are fine.",
		Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		p.hosts(func(c *jsonc.Node, v verdict) {
			if v.rule == "AZS062" {
				p.At(c, "%s", v.msg)
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS064", Severity: rule.Error, Title: "DeviceAuthentication is not a GUID",
		Doc: "DeviceAuthentication is the id of the tenant that claimed the device, 8-4-4-4-12 hexadecimal digits.",
		Fix: "brings it into form", Source: "facts/manifest.md 1.2", Refuses: refused(2, 24)}, Check: checkTenant},
	{Rule: rule.Rule{Code: "AZS065", Severity: rule.Warning, Title: "placeholder instead of a tenant id",
		Doc:    "The tenant id is a template's text, or all zeros. Put in the id of the tenant that claimed the device; until then the app gets no client certificate, and the device may refuse it.",
		Source: "facts/manifest.md 1.4", Refuses: recalled(2, 28)}, Check: func(p *pass) {
		p.tenants(func(n *jsonc.Node) {
			if s, ok := n.Str(); ok && (s == zeroGUID || isPlaceholder(s)) {
				p.At(n, "This is a placeholder; DeviceAuthentication is the id of your tenant")
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS066", Severity: rule.Error, Title: "DeviceAuthentication is null or too long",
		Doc: "Without a tenant id, leave DeviceAuthentication out. A tenant id has 36 characters; the device refuses what is longer.",
		Fix: "removes it", Source: "facts/manifest.md 1.2", Refuses: refused(2, 29)}, Check: func(p *pass) {
		p.tenants(func(n *jsonc.Node) {
			s, ok := n.Str()
			switch {
			case n.Kind == jsonc.Null:
				f := p.At(n, "DeviceAuthentication must not be null; leave it out if it is not needed")
				f.Refuses = inferred(2, 24)
				jsonrule.Fix(f, "Remove it", p.Remove(n))
			case ok && tooLong(s):
				f := p.At(n, "A tenant id has 36 characters, this has %d", len(s))
				if g := NormalGUID(s); g != "" {
					jsonrule.SafeFix(f, "Write "+g, jsonrule.Replace(n, strconv.Quote(g)))
				}
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS067", Severity: rule.Error, Title: "partner app that is not a GUID",
		Doc: "AllowedApplicationConnections lists the ComponentId of each partner app: 8-4-4-4-12 hexadecimal digits in quotes.",
		Fix: "brings it into form", Source: "facts/manifest.md 1.2", Refuses: refused(2, 43)}, Check: func(p *pass) {
		p.entries(Apps, func(e Entry, c *jsonc.Node) {
			s, ok := c.Str()
			if ok && IsGUID(s) {
				return
			}
			f := p.At(c, "A partner app is named by its ComponentId, a GUID: 8-4-4-4-12 hexadecimal digits%s", notGUID(s))
			if g := NormalGUID(s); g != "" {
				jsonrule.SafeFix(f, "Write "+g, jsonrule.Replace(c, strconv.Quote(g)))
			} else {
				jsonrule.Fix(f, "Remove it", p.Remove(c))
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS068", Severity: rule.Warning, Title: "app that lists itself",
		Doc: "AllowedApplicationConnections names other apps; an app does not connect to itself.",
		Fix: "removes it", Source: "facts/diagnostics.md 3"}, Check: func(p *pass) {
		own := p.m.ComponentID()
		p.entries(Apps, func(e Entry, c *jsonc.Node) {
			if s, ok := c.Str(); ok && IsGUID(s) && strings.EqualFold(s, own) {
				jsonrule.SafeFix(p.At(c, "This is the app's own ComponentId"), "Remove it", p.Remove(c))
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS069", Severity: rule.Info, Title: "GUID with upper-case letters",
		Doc: "GUIDs are the same in any case, but tools and people who compare texts find lower case easier.",
		Fix: "writes it in lower case", Source: "facts/manifest.md 1.4"}, Check: func(p *pass) {
		look := func(n *jsonc.Node) {
			if s, ok := n.Str(); ok && IsGUID(s) && s != strings.ToLower(s) {
				jsonrule.Fix(p.At(n, "The GUID has upper-case letters"), "Write it in lower case", jsonrule.Replace(n, strconv.Quote(strings.ToLower(s))))
			}
		}
		look(p.m.top("ComponentId"))
		p.tenants(look)
		p.entries(Apps, func(e Entry, c *jsonc.Node) { look(c) })
	}},
	{Rule: rule.Rule{Code: "AZS070", Severity: rule.Warning, Title: "SoftwareUpdateDeferral without SystemEventNotifications",
		Doc: "An app learns of the update that it might put off through system events only.",
		Fix: "adds SystemEventNotifications", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		p.needs("SoftwareUpdateDeferral", "SystemEventNotifications", "Without SystemEventNotifications the app never hears of an update that it could defer")
	}},
	{Rule: rule.Rule{Code: "AZS071", Severity: rule.Warning, Title: "EnterpriseWifiConfig without WifiConfig",
		Doc: "Networks are added, named and enabled under WifiConfig; EnterpriseWifiConfig adds the parts that EAP-TLS needs.",
		Fix: "adds WifiConfig", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		p.needs("EnterpriseWifiConfig", "WifiConfig", "Without WifiConfig the app cannot set up the network that this is for")
	}},
	{Rule: rule.Rule{Code: "AZS072", Severity: rule.Info, Title: "ReadNetworkProxyConfig beside NetworkConfig",
		Doc: "NetworkConfig allows reading the proxy settings as well.",
		Fix: "removes ReadNetworkProxyConfig", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		if n := p.m.capability("ReadNetworkProxyConfig"); p.m.enabled("ReadNetworkProxyConfig") && p.m.enabled("NetworkConfig") {
			jsonrule.Fix(p.AtKey(n, "NetworkConfig allows this too"), "Remove ReadNetworkProxyConfig", p.Remove(n))
		}
	}},
	{Rule: rule.Rule{Code: "AZS073", Severity: rule.Info, Title: "forced restart without update events",
		Doc: "An app that restarts or powers down the device without looking at update events may do so each time before an update is in place, so that the device never updates.",
		Fix: "adds SystemEventNotifications", Source: "facts/diagnostics.md 3"}, Check: func(p *pass) {
		if p.m.enabled("SystemEventNotifications") {
			return
		}
		done := false
		p.entries(Powers, func(e Entry, c *jsonc.Node) {
			if s, _ := c.Str(); !done && (s == "ForceReboot" || s == "ForcePowerDown") {
				done = true
				f := p.At(c, "An app that restarts the device should watch for updates, or they may never be installed")
				p.offer(f, "SystemEventNotifications")
			}
		})
	}},
}

// tenants calls f for DeviceAuthentication, where it has a value.
func (p *pass) tenants(f func(n *jsonc.Node)) {
	for _, e := range p.m.Caps {
		if e.Cap != nil && e.Exact && e.Cap.Shape == Tenant && jsonrule.Present(e.Node) { // what a wrong key holds matters when it is right
			f(e.Node)
		}
	}
}

// needs reports a switch that is on while the one it depends on is not.
func (p *pass) needs(has, lacks, msg string) {
	if n := p.m.capability(has); p.m.enabled(has) && !p.m.enabled(lacks) {
		p.offer(p.AtKey(n, "%s", msg), lacks)
	}
}

// offer adds the fix that turns a switch on.
func (p *pass) offer(f *rule.Finding, flag string) {
	if n := p.m.capability(flag); n != nil {
		jsonrule.Fix(f, "Set "+flag+" to true", jsonrule.Replace(n, "true"))
	} else if e, ok := p.addCapability(flag, "true"); ok {
		jsonrule.Fix(f, "Add "+flag, e)
	}
}

func checkPorts(p *pass) {
	p.entries(Ports, func(e Entry, c *jsonc.Node) {
		v, ok := c.Int()
		switch {
		case ok && v >= 1 && v <= 65535:
		case c.Kind == jsonc.Number:
			p.At(c, "A port is a whole number from 1 to 65535").Refuses = refusedAs(e.Cap.Bad)
		default:
			f := p.At(c, "A port is a number, this is %s", jsonrule.Article(c.Kind.String()))
			f.Refuses = refusedAs(e.Cap.Parse)
			if s, ok := c.Str(); ok && isNumeric(s) {
				jsonrule.SafeFix(f, "Remove the quotes", jsonrule.Replace(c, trimZeros(strings.TrimSpace(s))))
			}
		}
	})
}

func checkPortUse(p *pass) {
	p.entries(Ports, func(e Entry, c *jsonc.Node) {
		if v, ok := c.Int(); ok && v >= 1 && v < 1024 {
			p.At(c, "Port %d belongs to a well-known service", v)
		}
	})
	p.twice(Ports, func(c *jsonc.Node) string {
		v, ok := c.Int()
		if !ok {
			return ""
		}
		return strconv.FormatInt(v, 10)
	}, func(first, again *jsonc.Node) {
		f := p.At(again, "Port %s is there already", again.Text())
		f.Related = []rule.Related{{Span: rule.Span{Start: first.Start, End: first.End}, Message: "here"}}
		jsonrule.Fix(f, "Remove it", p.Remove(again))
	})
}

// tooLong reports whether a tenant id is one that the device calls too long, and not a template's text.
func tooLong(s string) bool { return len(s) > 36 && !isPlaceholder(s) }

func checkTenant(p *pass) {
	p.tenants(func(n *jsonc.Node) {
		s, ok := n.Str()
		if n.Kind == jsonc.Null || ok && (IsGUID(s) || isPlaceholder(s) || tooLong(s)) {
			return
		}
		f := p.At(n, "DeviceAuthentication must be a GUID: 8-4-4-4-12 hexadecimal digits%s", notGUID(s))
		if g := NormalGUID(s); g != "" {
			jsonrule.SafeFix(f, "Write "+g, jsonrule.Replace(n, strconv.Quote(g)))
		}
	})
}

// isPlaceholder reports whether a text is what templates leave for the reader to replace (facts/manifest.md 1.4).
func isPlaceholder(s string) bool {
	l := strings.ToLower(s)
	if strings.ContainsAny(s, "<>") || l == "todo" {
		return true
	}
	for _, w := range []string{"replace_with", "replace with", "change this", "changeme", "todo_", "todo:", "todo ", "your_", "your-", "your ", "enter_your", "placeholder"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	if len(l) == len(zeroGUID) && strings.Contains(l, "x") && strings.Trim(l, "x-") == "" {
		return true
	}
	first, _, dotted := strings.Cut(l, ".")
	return dotted && len(first) > 1 && strings.Trim(first, "x") == ""
}

// verdict is what is wrong with an entry of AllowedConnections, by rule. The zero verdict is for a good one.
type verdict struct{ rule, msg, host string }

// hosts calls f for every string in AllowedConnections that is wrong, with what is wrong with it.
func (p *pass) hosts(f func(c *jsonc.Node, v verdict)) {
	judged := p.verdicts != nil
	if !judged {
		p.verdicts = map[*jsonc.Node]verdict{}
	}
	p.entries(Hosts, func(e Entry, c *jsonc.Node) {
		if s, ok := c.Str(); ok && !judged {
			if v := judgeHost(s); v != (verdict{}) {
				p.verdicts[c] = v
			}
		}
		if v, bad := p.verdicts[c]; bad {
			f(c, v)
		}
	})
}

func judgeHost(s string) verdict {
	// Text in words that looks like a template is a host that is not filled in; other text in words is no host.
	words := strings.Contains(strings.TrimSpace(s), " ")
	switch {
	case strings.TrimSpace(s) == "":
		return verdict{"AZS060", "An empty entry allows nothing", ""}
	case isPlaceholder(s) && !(words && strings.Contains(strings.ToLower(s), "enter your")):
		return verdict{"AZS061", "This is a placeholder; put in the host that the app connects to", ""}
	case words:
		return verdict{"AZS062", fmt.Sprintf("%q is no host name", s), ""}
	}
	host, without := strings.TrimSpace(s), []string{}
	if host != s {
		without = append(without, "no space around it")
	}
	scheme := 0
	for n := schemeLen(host); n > 0; n = schemeLen(host[scheme:]) { // "https://https://" is pasted easily
		scheme += n
	}
	if scheme > 0 {
		without = append(without, fmt.Sprintf("no scheme (%q)", host[:scheme]))
		host = host[scheme:]
	}
	if h, tail, ok := strings.Cut(host, "/"); ok {
		if bits, err := strconv.Atoi(tail); err == nil && bits >= 0 && bits <= 32 && len(without) == 0 && isAddress(h) {
			return verdict{"AZS060", "A subnet cannot be given here; list each address", ""}
		}
		if host = h; tail != "" || len(without) == 0 {
			without = append(without, fmt.Sprintf("no path (%q)", "/"+tail))
		}
	}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host, without = host[at+1:], append(without, "no user") // whose password may be there: it is not repeated
	}
	if h, port, ok := strings.Cut(host, ":"); ok && !strings.Contains(port, ":") {
		if port != "" && !isNumeric(port) || slices.Contains(schemes, strings.ToLower(h)) { // either may be the host
			return verdict{"AZS060", "A host has no colon: write it alone, without scheme and port", ""}
		}
		host, without = h, append(without, fmt.Sprintf("no port (%q)", ":"+port))
	}
	if strings.Contains(host, "*") {
		return verdict{"AZS060", "There are no wildcards here; list each host by its name", ""}
	}
	if len(without) > 0 {
		if badHost(host) != "" || isPlaceholder(host) {
			host = ""
		}
		return verdict{"AZS060", "Write the host alone: " + strings.Join(without, ", "), host}
	}
	if msg := badHost(host); msg != "" {
		return verdict{"AZS062", msg, ""}
	}
	return verdict{}
}

// schemes are what a URL begins with in the field.
var schemes = []string{"http", "https", "ws", "wss", "mqtt", "mqtts", "amqp", "amqps", "coap", "coaps", "ftp", "ftps", "sftp", "tcp", "udp", "tls", "ssl"}

// schemeLen returns how long the scheme is that a text begins with, its separator included: of "https://", and of what is
// meant for it, "https:", "http:/" or "https//". Without the slashes a number behind it is a port: "mqtt:1883".
func schemeLen(s string) int {
	end := strings.IndexAny(s, `:/\`)
	if end < 0 {
		return 0
	}
	name, rest := strings.ToLower(s[:end]), strings.TrimLeft(s[end:], `:/\`)
	switch separator := s[end : len(s)-len(rest)]; {
	case slices.Contains(schemes, name) && !(separator == ":" && isNumeric(rest)):
		return len(s) - len(rest)
	case strings.HasPrefix(separator, "://"):
		return end + len("://")
	case end == 0 && strings.HasPrefix(separator, "//"):
		return len("//")
	}
	return 0
}

// isAddress reports whether a text is an IPv4 address.
func isAddress(s string) bool {
	labels := strings.Split(s, ".")
	return isNumeric(labels[len(labels)-1]) && badHost(s) == ""
}

// badHost says what is wrong with a host name or address; "" if nothing is.
func badHost(host string) string {
	if strings.Count(host, ":") > 1 {
		return "IPv6 addresses are not supported; give a host name or an IPv4 address"
	}
	if len(host) > 253 {
		return fmt.Sprintf("The name has %d characters, 253 is the limit", len(host))
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	if last := labels[len(labels)-1]; isNumeric(last) {
		ok := len(labels) == 4
		for _, l := range labels {
			n, err := strconv.Atoi(l)
			ok = ok && err == nil && n <= 255 && len(l) <= 3
		}
		if !ok {
			return fmt.Sprintf("%q is no IPv4 address", host)
		}
		return ""
	}
	for _, l := range labels {
		switch {
		case l == "":
			return "The name has an empty label: two dots in a row, or one at its beginning"
		case len(l) > 63:
			return fmt.Sprintf("The label %q has %d characters, 63 is the limit", l[:16]+"…", len(l))
		case l[0] == '-' || l[len(l)-1] == '-':
			return fmt.Sprintf("The label %q must not begin or end with a hyphen", l)
		}
		if i := strings.IndexFunc(strings.TrimPrefix(l, "_"), func(r rune) bool {
			return !(r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}); i >= 0 {
			return fmt.Sprintf("The label %q has a character that host names cannot have", l)
		}
	}
	return ""
}
