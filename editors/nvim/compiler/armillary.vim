" :compiler armillary | make   puts what `armillary check` finds into the quickfix list. Works in Vim too.
if exists('current_compiler')
  finish
endif
let current_compiler = 'armillary'
CompilerSet makeprg=armillary\ check\ --format\ short
CompilerSet errorformat=%f:%l:%c:\ %t%*[^:]:\ %m,%-G%.%#
