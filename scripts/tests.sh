# Choosing, building and running test projects. Sourced after common.sh.
# shellcheck shell=bash

results=out/test-results
passed=0 failed=0 skipped=0
broken=()
projects=()
filter=()

# select_tests NAME: a project by its name or its room's, else all projects with a filter on test names.
select_tests() {
    local name=$1 project
    for project in tests/*/*.csproj; do
        project=$(basename "$project" .csproj)
        has_tests "$project" || continue
        case $name in
            '' | "$project" | "${project#Berth.}" | "${project%.Tests}") ;;
            *) [ "Berth.$name.Tests" = "$project" ] || continue ;;
        esac
        projects+=("$project")
    done
    if [ ${#projects[@]} -eq 0 ]; then
        select_projects_with "$name"
        filter=(-displayName "*$name*")
    fi
}

# A filter on names costs only the projects that have such a name in their sources.
select_projects_with() {
    local project
    for project in tests/*/*.csproj; do
        project=$(basename "$project" .csproj)
        has_tests "$project" && grep -rqF --include='*.cs' "${1##*.}" "tests/$project" || continue
        projects+=("$project")
    done
    [ ${#projects[@]} -gt 0 ] || die "no test project and no test is called $1"
}

has_tests() { grep -rqE --include='*.cs' --exclude-dir=bin --exclude-dir=obj '\[(Fact|Theory)\b' "tests/$1"; }

needs_binaries() { [[ " ${projects[*]} " =~ " Berth.EndToEnd "|" Berth.Containers.Tests " ]]; }

prepare_tests() {
    local project
    rm -rf "$results"
    mkdir -p "$results"
    if needs_binaries; then
        ./build.sh
    fi
    for project in "${projects[@]}"; do
        step "Building tests/$project" as_owner dotnet build "tests/$project" -c Release -v quiet -clp:NoSummary -nologo
    done
}

run_tests() {
    local project
    for project in "${projects[@]}"; do
        run_project "$project"
    done
}

# A project runs from its own directory, with the built binaries named to the tests that use them.
run_project() {
    local project=$1 start=$SECONDS status=0 result
    result=$PWD/$results/$project.xml
    printf '\n== %s\n' "$project"
    BERTH_BIN=$PWD/out/bin BERTH_TEST_CACHE=${BERTH_TEST_CACHE:-/var/cache/berth-tests} \
        timeout --foreground -k 30 2700 stdbuf -oL "tests/$project/bin/Release/net10.0/$project" \
        -noColor -noLogo -longRunning 60 -result-xml "$result" ${filter[@]+"${filter[@]}"} || status=$?
    count_results "$project" "$result" "$status"
    printf '== %s: %d s\n' "$project" $((SECONDS - start))
}

# count_results PROJECT FILE STATUS: takes the counts from the result file; a project that crashed, or ran none of
# the tests that it has, counts as one failure more.
count_results() {
    local p=0 f=0 s=0 e=0
    if [ -s "$2" ]; then
        p=$(attribute passed "$2") f=$(attribute failed "$2") s=$(attribute skipped "$2") e=$(attribute errors "$2")
    fi
    passed=$((passed + p)) failed=$((failed + f + e)) skipped=$((skipped + s))
    if [ ! -s "$2" ]; then
        broken+=("$1 ended with exit code $3 and left no results")
    elif [ $((p + f + s)) -eq 0 ] && [ ${#filter[@]} -eq 0 ]; then
        broken+=("$1 has tests, but ran none")
    elif [ "$3" -ne 0 ] && [ $((f + e)) -eq 0 ]; then
        broken+=("$1 ended with exit code $3 although no test failed")
    fi
}

attribute() { grep -om 1 '<assembly [^>]*' "$2" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }

failed_tests() {
    local file
    for file in "$results"/*.xml; do
        [ ! -s "$file" ] || grep -o '<test [^>]*result="Fail"[^>]*' "$file" | sed 's/.* name="\([^"]*\)".*/    \1/' || :
    done
}

report_tests() {
    local line
    failed=$((failed + ${#broken[@]}))
    if [ "$failed" -gt 0 ]; then
        printf '\nFailed:\n'
        failed_tests
        for line in ${broken[@]+"${broken[@]}"}; do printf '    %s\n' "$line"; done
    elif [ $((passed + skipped)) -eq 0 ]; then
        say "no test ran"
        failed=1
    fi
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
