
# Names of bundles, behind the commands that take some.
_swupd_with_bundles() {
    _swupd "$@"
    local word names=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "${word}" in
            bundle-add) names="bundle-list --all" ;;
            bundle-remove|bundle-info) names="bundle-list" ;;
        esac
    done
    [[ -n ${names} && ${2} != -* && ${3} != -* ]] || return 0
    names=$(timeout 5 "$1" ${names} --quiet 2>/dev/null | cut -d: -f1)
    COMPREPLY=( $(compgen -W "${names}" -- "${2}") )
}
complete -F _swupd_with_bundles swupd
