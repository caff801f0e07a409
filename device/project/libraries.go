package project

import "slices"

// Libraries returns what the app links that CMake does not build from sources of the project, as it is written: "applibs",
// "${SOMETHING}".
func (a *App) Libraries() []string {
	var out []string
	for _, t := range a.targets() {
		for _, l := range t.Libraries {
			if a.build.Target(l.Text) == nil && !slices.Contains(out, l.Text) {
				out = append(out, l.Text)
			}
		}
	}
	return out
}
