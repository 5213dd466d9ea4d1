# Mends what generate-manual of swift-argument-parser makes of the program's help, so that man(1) shows it as it is meant (mdoc(7)).

# Once is enough for what every command has.
/^\.It Fl (-version|h , -help)$/ && told[$0]++ { getline; next }

# Examples are indented by two spaces, which the first line of a text has with escapes: neither filled nor hyphenated.
/^(  |\\& \\& )/ {
    if (!example) print ".Bd -literal -compact"
    example = 1
    print
    next
}
example { example = 0; print ".Ed" }

/^$/ { print ".Pp"; next }

# A quotation mark would begin a request.
/^'/ { printf "\\&" }

{ print }
