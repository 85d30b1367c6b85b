
# Names of bundles, behind the commands that take some.
function __fish_swupd_bundles
    timeout 5 swupd bundle-list $argv --quiet 2>/dev/null | string replace -r ':.*' ''
end
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -f -a "(__fish_swupd_bundles --all)"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove bundle-info" -f -a "(__fish_swupd_bundles)"
