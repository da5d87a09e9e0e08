namespace Mailstead.Host.Administration;

/// <summary>What shells need to complete commands: they ask the program itself.</summary>
internal static class ShellCompletion
{
    public const string Bash =
        """
        _mailstead() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _mailstead mailstead
        """;

    public const string Zsh =
        """
        _mailstead() {
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
          compadd -- $found
        }
        compdef _mailstead mailstead
        """;
}
