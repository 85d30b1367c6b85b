# Names of bundles, behind the commands that take some.
_swupd_bundles() {
    local names
    names=(${${(f)"$(timeout 5 swupd bundle-list $1 --quiet 2>/dev/null)"}%%:*})
    compadd -a names
}
_swupd_installed_bundles() { _swupd_bundles }
_swupd_published_bundles() { _swupd_bundles --all }
