# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_swupd_global_optspecs
    string join \n v/version p/path= u/url= P/port= c/contenturl= F/format= S/statedir= K/cachedir= Z/datadir= C/certpath= W/max-parallel-downloads= r/max-retries= d/retry-delay= network-timeout= n/nosigcheck nosigcheck-latest I/ignore-time t/time N/no-scripts b/no-boot-update j/json-output y/yes assume= allow-insecure-http quiet verbose debug no-progress wait-for-scripts versionurl= h/help
end

function __fish_swupd_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_swupd_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_swupd_using_subcommand
    set -l cmd (__fish_swupd_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c swupd -n "__fish_swupd_needs_command" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_needs_command" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_needs_command" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_needs_command" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_needs_command" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_needs_command" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_needs_command" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_needs_command" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_needs_command" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_needs_command" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_needs_command" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_needs_command" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_needs_command" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_needs_command" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_needs_command" -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_needs_command" -s v -l version -d 'Print the program\'s version'
complete -c swupd -n "__fish_swupd_needs_command" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_needs_command" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_needs_command" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_needs_command" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_needs_command" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_needs_command" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_needs_command" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_needs_command" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_needs_command" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_needs_command" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_needs_command" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_needs_command" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_needs_command" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_needs_command" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_needs_command" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "info" -d 'Show the installed version and where updates come from'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "check-update" -d 'Say whether a newer version is published: exit 0 if so, 1 if not'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "status" -d 'Show how the machine stands: its version, what is next, what still runs old code'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "plan" -d 'Show what an update would do, and do nothing: exit 1 if there is none'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "diff" -d 'Show what differs between two versions, or two that are kept on the disk'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "why" -d 'Show which bundle a path is of, or why a bundle is here'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "update" -d 'Update to the newest version, or to the one given'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "bundle-add" -d 'Install bundles'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "bundle-remove" -d 'Remove bundles'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "bundle-list" -d 'List bundles'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "bundle-info" -d 'Show what a bundle is, needs and holds'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "search" -d 'Search for bundles with the program swupd-search, where it is installed'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "search-file" -d 'Find the bundles that hold a file: exit 1 if none does'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "diagnose" -d 'Look for differences between the tree and the version it should be: exit 1 if there are any'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "repair" -d 'Look for differences and mend them'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "os-install" -d 'Install a version into a directory'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "mirror" -d 'Show where updates come from, or take them from a mirror'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "autoupdate" -d 'Say whether the machine updates itself, exit 0 if so, 1 if not; or change that'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "clean" -d 'Remove downloads that are no longer needed'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "rollback" -d 'Go back to an earlier version that is kept on the disk'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "history" -d 'Show what was changed when, and which versions are kept'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "recover" -d 'Finish or discard what an interrupted run left'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "3rd-party" -d 'Install and update content of others, which is no part of the OS'
complete -c swupd -n "__fish_swupd_needs_command" -f -a "hashdump" -d 'Print the hash of a file, as a manifest would state it'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand info" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand info" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand info" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand info" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand info" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand info" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand info" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand info" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand info" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand check-update" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand status" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand status" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand status" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand status" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand status" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand status" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand status" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand status" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand status" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s V -l version -d 'The version that the update would go to' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand plan" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand diff" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand why" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand why" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand why" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand why" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand why" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand why" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand why" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand why" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand why" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s V -l version -d 'The version to update to' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand update" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand update" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand update" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand update" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand update" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand update" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand update" -l update-search-file-index -d 'Make the index that search-file uses for the new version, too'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l 3rd-party -d 'Update the third-party repositories afterwards, too'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s s -l status -d 'Only say whether there is an update, as check-update does'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s k -l keepcache -d 'Keep what was downloaded'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l download -d 'Only download, change nothing'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l incremental -d 'Go through every published version on the way, one after the other'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand update" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand update" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l skip-optional -d 'Leave out the bundles that are only suggested'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l skip-diskspace-check -d 'Do not check that there is room'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s x -l force -d 'Remove the bundles that need them, too'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s R -l recursive -d 'Remove what they need, too, unless something else needs it or somebody asked for it'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l orphans -d 'Remove all bundles that nobody asked for and that nothing needs'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s D -l has-dep -d 'List the installed bundles that need this one; with --all every bundle that does' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l deps -d 'List the bundles that this one needs, whether it is installed or not' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s a -l all -d 'List every bundle that the version has'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l status -d 'Say of each bundle whether it is installed, and whether somebody asked for it'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l orphans -d 'List the installed bundles that nobody asked for and that nothing needs'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-list" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s V -l version -d 'The version to look it up in, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l dependencies -d 'List the bundles that it needs'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l files -d 'List its files; with --dependencies those of the bundles that it needs, too'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand bundle-info" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand search" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s V -l version -d 'The version to search in, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s T -l top -d 'Show at most so many paths of each bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s o -l order -d 'The order of the bundles: by name, or the smallest first with what they need' -r -f -a "alpha\t'By name'
size\t'By size'"
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s l -l library -d 'Search only where libraries lie'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s B -l binary -d 'Search only where programs lie'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s m -l csv -d 'Print lines of a path, a comma and its bundle'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s i -l init -d 'Bring what searches need, whether something is looked for or not'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l regexp -d 'Take TERM for a regular expression'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand search-file" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l file -d 'Look only at this path, and what is below it' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s V -l version -d 'The version to compare with, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s B -l bundles -d 'Look only at these bundles' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s X -l picky-tree -d 'Where to look for such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s w -l picky-whitelist -d 'A regular expression of the paths that may have such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s x -l force -d 'Go on though the version is not the installed one, has another format, or lacks bundles that are installed'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s q -l quick -d 'Look only for files that are missing'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s Y -l picky -d 'Look for files that no bundle has, too'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l extra-files-only -d 'Look only for files that no bundle has'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand diagnose" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l file -d 'Look only at this path, and what is below it' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s V -l version -d 'The version to compare with, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s B -l bundles -d 'Look only at these bundles' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s X -l picky-tree -d 'Where to look for such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s w -l picky-whitelist -d 'A regular expression of the paths that may have such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s x -l force -d 'Go on though the version is not the installed one, has another format, or lacks bundles that are installed'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s q -l quick -d 'Look only for files that are missing'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s Y -l picky -d 'Look for files that no bundle has, too'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l extra-files-only -d 'Look only for files that no bundle has'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand repair" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s V -l version -d 'The version to install, instead of the newest' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s B -l bundles -d 'The bundles to install besides os-core' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s s -l statedir-cache -d 'A state directory whose cache already holds content' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s x -l force -d 'Go on though the version has another format, or lacks bundles that are named'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l download -d 'Only download, install nothing'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l skip-optional -d 'Leave out the bundles that are only suggested'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand os-install" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s s -l set -d 'Take updates from the mirror at this URL; with --versionurl and --contenturl from two places' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s U -l unset -d 'Take updates from where the OS says'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand mirror" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l enable -d 'Let the machine update itself'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l disable -d 'Keep the machine from updating itself'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand autoupdate" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l all -d 'Remove the metadata of the installed version, too'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l dry-run -d 'Only print the paths of what would be removed'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand clean" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l reason -d 'Why, for the history' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s x -l force -d 'Go there though the kept version is damaged'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand rollback" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand history" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand history" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand history" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand history" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand history" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand history" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand history" -s a -l all -d 'Show all changes, and not only the newest'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand history" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand history" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand recover" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "add" -d 'Add a repository, once you have agreed to its certificate, and install its os-core'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "remove" -d 'Remove a repository with everything that was installed from it'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "list" -d 'List the repositories'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "info" -d 'Show the installed version of repositories and where their updates come from'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "check-update" -d 'Say whether newer versions are published: exit 0 if so, 1 if not'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "update" -d 'Update repositories to their newest version, or one to the version given'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "bundle-add" -d 'Install bundles'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "bundle-remove" -d 'Remove bundles'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "bundle-list" -d 'List bundles'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "bundle-info" -d 'Show what a bundle is, needs and holds'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "diagnose" -d 'Look for differences between what is installed and what should be: exit 1 if there are any'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "repair" -d 'Look for differences and mend them'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and not __fish_seen_subcommand_from add remove list info check-update update bundle-add bundle-remove bundle-list bundle-info diagnose repair clean" -f -a "clean" -d 'Remove downloads that are no longer needed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s x -l force -d 'Remove what lies where its content goes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s x -l force -d 'Remove what is left of it though no such repository is listed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s R -l repo -d 'The repository, instead of all of them' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s R -l repo -d 'The repository, instead of all of them' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from check-update" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s V -l version -d 'The version to update to' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s s -l status -d 'Only say whether there is an update, as check-update does'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s k -l keepcache -d 'Keep what was downloaded'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l download -d 'Only download, change nothing'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l incremental -d 'Go through every published version on the way, one after the other'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l skip-optional -d 'Leave out the bundles that are only suggested'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l skip-diskspace-check -d 'Do not check that there is room'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-add" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s e -l repo -d 'The repository, instead of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s x -l force -d 'Remove the bundles that need them, too'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s R -l recursive -d 'Remove what they need, too, unless something else needs it or somebody asked for it'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l orphans -d 'Remove all bundles that nobody asked for and that nothing needs'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-remove" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s D -l has-dep -d 'List the installed bundles that need this one; with --all every bundle that does' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l deps -d 'List the bundles that this one needs, whether it is installed or not' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s a -l all -d 'List every bundle that the version has'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l status -d 'Say of each bundle whether it is installed, and whether somebody asked for it'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l orphans -d 'List the installed bundles that nobody asked for and that nothing needs'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-list" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s V -l version -d 'The version to look it up in, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l dependencies -d 'List the bundles that it needs'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l files -d 'List its files; with --dependencies those of the bundles that it needs, too'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from bundle-info" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l file -d 'Look only at this path, and what is below it' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s V -l version -d 'The version to compare with, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s B -l bundles -d 'Look only at these bundles' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s X -l picky-tree -d 'Where to look for such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s w -l picky-whitelist -d 'A regular expression of the paths that may have such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s x -l force -d 'Go on though the version is not the installed one, has another format, or lacks bundles that are installed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s q -l quick -d 'Look only for files that are missing'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s Y -l picky -d 'Look for files that no bundle has, too'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l extra-files-only -d 'Look only for files that no bundle has'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from diagnose" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l file -d 'Look only at this path, and what is below it' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s V -l version -d 'The version to compare with, instead of the installed one' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s B -l bundles -d 'Look only at these bundles' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s X -l picky-tree -d 'Where to look for such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s w -l picky-whitelist -d 'A regular expression of the paths that may have such files' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s x -l force -d 'Go on though the version is not the installed one, has another format, or lacks bundles that are installed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s q -l quick -d 'Look only for files that are missing'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s Y -l picky -d 'Look for files that no bundle has, too'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l extra-files-only -d 'Look only for files that no bundle has'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s R -l repo -d 'The repository, instead of all of them, or of the one that has the bundle' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s p -l path -d 'The tree to work on, instead of /' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s u -l url -d 'Where versions and content come from, instead of where the tree says' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s P -l port -d 'The port of the server, instead of the one in its URL' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s c -l contenturl -d 'Where content comes from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s F -l format -d 'The format to follow, instead of the tree\'s: a number, or staging' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s S -l statedir -d 'The directory of state and cache, instead of /var/lib/swupd' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s K -l cachedir -d 'The directory of the cache alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s Z -l datadir -d 'The directory of the state alone' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s C -l certpath -d 'The certificate that content must be signed with, instead of the tree\'s' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s W -l max-parallel-downloads -d 'How many downloads may go on at once; 4 for each CPU unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s r -l max-retries -d 'How often a download that broke is tried again; 3 times unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s d -l retry-delay -d 'Seconds before the first of these tries, doubled each time; 10 unless said' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l network-timeout -d 'Seconds to wait for a server that sends nothing, or next to nothing' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l assume -d 'Answer every question with this' -r -f -a "yes\t'Yes to every question'
no\t'No to every question'"
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s v -l versionurl -d 'Where the numbers of versions come from' -r
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l all -d 'Remove the metadata of the installed version, too'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l dry-run -d 'Only print the paths of what would be removed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s n -l nosigcheck -d 'Believe content that is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l nosigcheck-latest -d 'Believe the number of the newest version though it is not signed'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s I -l ignore-time -d 'Do not compare the clock with the time the OS was made'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s t -l time -d 'Show how long each stage took'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s N -l no-scripts -d 'Run no scripts after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s b -l no-boot-update -d 'Do not update the boot loader after the change'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s j -l json-output -d 'Print one JSON array instead of text'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s y -l yes -d 'Answer every question with yes'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l allow-insecure-http -d 'Accept URLs of plain http'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l quiet -d 'Print nothing but what was asked for'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l verbose -d 'Print more'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l debug -d 'Print everything'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l no-progress -d 'Draw no progress bars'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -l wait-for-scripts -d 'Wait until the scripts after the change have ended'
complete -c swupd -n "__fish_swupd_using_subcommand 3rd-party; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c swupd -n "__fish_swupd_using_subcommand hashdump" -s p -l path -d 'The tree that FILE lies in' -r -F
complete -c swupd -n "__fish_swupd_using_subcommand hashdump" -s n -l no-xattrs -d 'Leave extended attributes out of the hash'
complete -c swupd -n "__fish_swupd_using_subcommand hashdump" -l quiet -d 'Print nothing but the hash'
complete -c swupd -n "__fish_swupd_using_subcommand hashdump" -l debug -d 'Print what goes into the hash, too'
complete -c swupd -n "__fish_swupd_using_subcommand hashdump" -s h -l help -d 'Print help'

# Names of bundles, behind the commands that take some.
function __fish_swupd_bundles
    timeout 5 swupd bundle-list $argv --quiet 2>/dev/null | string replace -r ':.*' ''
end
complete -c swupd -n "__fish_swupd_using_subcommand bundle-add" -f -a "(__fish_swupd_bundles --all)"
complete -c swupd -n "__fish_swupd_using_subcommand bundle-remove bundle-info" -f -a "(__fish_swupd_bundles)"
