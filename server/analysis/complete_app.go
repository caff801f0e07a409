package analysis

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// beyond proposes for a manifest what its own text and definition cannot say: the ids of other apps, the hosts and ports
// that the sources name.
func (w *writer) beyond(c jsonc.Cursor) {
	list := c.Container
	if list == nil || list.Kind != jsonc.Array || c.Place != jsonc.AtValue && c.Place != jsonc.Between {
		return
	}
	depth, field := place(list)
	if depth != 2 || field != "Capabilities" || w.f.Path == "" {
		return
	}
	if c.Place == jsonc.AtValue && c.Node != nil && c.Node.Kind != jsonc.Missing {
		w.at = rule.Span{Start: c.Node.Start, End: c.Node.End}
	}
	switch list.Name() {
	case "AllowedApplicationConnections":
		w.partners(list, c.Node)
	case "AllowedConnections":
		w.literals(list, c.Node, hostsIn, "named in the sources", true)
	case "AllowedTcpServerPorts", "AllowedUdpServerPorts":
		w.literals(list, c.Node, portsIn, "named in the sources", false)
	}
}

// launch proposes for launch.json: the apps that a debug session leaves running.
func (w *writer) launch(c jsonc.Cursor) {
	list := c.Container
	if list == nil || list.Kind != jsonc.Array || list.Name() != "partnerComponents" || c.Place != jsonc.AtValue && c.Place != jsonc.Between {
		return
	}
	if c.Place == jsonc.AtValue && c.Node.Kind != jsonc.Missing {
		w.at = rule.Span{Start: c.Node.Start, End: c.Node.End}
	}
	w.partners(list, c.Node)
}

// partners proposes the ids of the other apps of the workspace.
func (w *writer) partners(list, at *jsonc.Node) {
	own := ""
	if w.f.Manifest != nil {
		own = w.f.Manifest.ComponentID()
	}
	for _, dir := range w.f.ws.Inventory(context.Background()).Apps {
		a := w.f.ws.app(dir)
		if a == nil {
			continue
		}
		id := a.Manifest.ComponentID()
		if id == "" || strings.EqualFold(id, own) || has(list, at, id) {
			continue
		}
		w.add(Item{Label: id, Kind: ValueItem, Detail: a.Manifest.Name(), Markdown: escape(near(w.f.Path, a.ManifestPath))}, strconv.Quote(strings.ToLower(id)))
		w.items[len(w.items)-1].Filter = quotedLike(w, id+" "+a.Manifest.Name())
	}
}

// quotedLike puts a filter into quotes if what is replaced begins with one: editors compare the two.
func quotedLike(w *writer, filter string) string {
	if strings.HasPrefix(w.src[w.at.Start:w.at.End], `"`) {
		return strconv.Quote(filter)
	}
	return filter
}

// literals proposes what the app's sources name and the list does not have yet.
func (w *writer) literals(list, at *jsonc.Node, find func(*File, *project.App) []string, detail string, quote bool) {
	a := w.f.app
	if a == nil {
		return
	}
	for _, v := range find(w.f, a) {
		if has(list, at, v) {
			continue
		}
		text := v
		if quote {
			text = strconv.Quote(v)
		}
		w.add(Item{Label: v, Kind: ValueItem, Detail: detail}, text)
	}
}

// has reports whether a list holds a value, but for the entry that is being written.
func has(list, at *jsonc.Node, value string) bool {
	return slices.ContainsFunc(list.Children, func(n *jsonc.Node) bool { return n != at && strings.EqualFold(n.Text(), value) })
}

// hostsIn returns the hosts of URLs, and the host names, that an app's sources have as strings.
func hostsIn(f *File, a *project.App) []string {
	var hosts []string
	for _, c := range f.ws.sources(a) {
		for _, s := range c.Strings {
			host := s.Value
			if _, rest, ok := strings.Cut(host, "://"); ok {
				host, _, _ = strings.Cut(rest, "/")
				host, _, _ = strings.Cut(host, ":")
			}
			if isHost(host) && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	slices.Sort(hosts)
	return hosts
}

// isHost reports whether a string looks like a host's full name, and like nothing else that strings hold.
func isHost(s string) bool {
	if len(s) < 4 || len(s) > 253 || strings.ToLower(s) != s || strings.Count(s, ".") == 0 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || l[0] == '-' {
			return false
		}
	}
	switch top := labels[len(labels)-1]; top {
	case "com", "net", "org", "io", "local", "gov", "edu", "dev", "cloud", "info", "biz", "us", "uk", "de", "eu", "jp", "cn", "in", "fr", "it", "nl", "au", "ca", "br", "kr", "tw":
		return true
	}
	return false
}

// portsIn returns the numbers that an app's sources give to htons.
func portsIn(f *File, a *project.App) []string {
	var ports []string
	for _, c := range f.ws.sources(a) {
		for _, call := range c.CallsOf("htons") {
			if len(call.Args) != 1 || len(call.Args[0].Tokens) != 1 {
				continue
			}
			text := call.Args[0].Tokens[0].Text
			if n, err := strconv.ParseUint(text, 0, 16); err == nil && n > 0 {
				if p := strconv.FormatUint(n, 10); !slices.Contains(ports, p) {
					ports = append(ports, p)
				}
			}
		}
	}
	return ports
}
