// Package cmake reads the CMake files of an app, without CMake and without an SDK: what an app is called and made of, which
// hardware definition it names, what it packs. Parse takes one file apart and never fails. Read follows a folder's
// CMakeLists.txt through variables, conditions, loops, functions, includes and subfolders, with what presets and a
// build's CMakeCache.txt say beside it.
//
// What a build would do can depend on the command line, on the toolchain file and on commands that are not followed. So a
// Value says whether it is known, and if not, which variable is to blame; and a Call says on which condition it stands.
// A variable that nothing defines counts as undefined in conditions, as in a build without -D, but what stands in the
// branch that is then passed over is read too and marked as Unlikely.
//
// The package is pure: files are read through an fs.FS, whose names are absolute paths without the leading slash
// ("home/me/app", on Windows "c:/src/app"). Work is bounded (the max constants); what is left out because of that is
// said in Project.Incomplete. The package must not know manifests, hardware definitions, rules or output formats.
package cmake
