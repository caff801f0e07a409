package cli

import "armillary.dev/device/image"

// addApp reads an app's folder into the package.
func (o *packOptions) addApp(in *image.Input, app string) error {
	return fail(ExitFailed, "an app's folder cannot be packed yet: give the packed manifest with --manifest and the files with --file")
}

var _ = addResources
