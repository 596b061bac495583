
_envctl_whole_words() {
    local -a whole=()
    local index word at=0 joins=
    for ((index = 0; index < ${#COMP_WORDS[@]}; index++)); do
        word="${COMP_WORDS[index]}"
        # Not behind an option: `--at @{u}` are two words.
        if ((index > 1)) && [[ $joins == yes || ( $word == @* && ${whole[${#whole[@]}-1]} != -* ) ]]; then
            whole[${#whole[@]}-1]+="$word"
        else
            whole+=("$word")
        fi
        [[ $word == *@ ]] && joins=yes || joins=
        ((index == COMP_CWORD)) && at=$((${#whole[@]} - 1))
    done
    local current="${whole[at]}"
    [[ $current == "${COMP_WORDS[COMP_CWORD]}" ]] && current="$2"
    local -a COMP_WORDS=("${whole[@]}")
    local COMP_CWORD=$at
    _clap_complete_envctl "$1" "$current" "$3"
    [[ ${COMPREPLY-} == *@ ]] && compopt -o nospace 2> /dev/null
    if [[ $current == *@* ]]; then
        local prefix="${current%@*}@"
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _envctl_whole_words envctl
else
    complete -o nospace -o bashdefault -F _envctl_whole_words envctl
fi
