"""What an operation's error says to a person at a terminal."""

from frontdesk.operations import errors
from frontdesk.operations.find import short


def sentence(error: errors.OperationError) -> str:
    """One sentence."""
    match error:
        case errors.NotFoundError(asked, "short"):
            return f"{asked!r} is too short; write at least four characters of the id"
        case errors.NotFoundError(asked, "ambiguous"):
            return f"{asked!r} is the start of several ids"
        case errors.NotFoundError(asked):
            return f"{asked!r} is no submission's id, nor a revocation's"
        case errors.UnknownFormError(asked, known):
            return f"there is no form {asked!r}; there are {', '.join(known)}"
        case errors.NotPossibleError(record, "beginning"):
            return f"{short(record.id)} is a revocation, or its first line is missing"
        case errors.NotPossibleError(record, "revocation"):
            return f"{short(record.id)} is a revocation; discard it, and revoke anew"
        case errors.NotPossibleError(record, "erased"):
            return f"{short(record.id)} was erased; nothing is known of it any more"
        case errors.NotPossibleError(record, "form"):
            form = record.submission.form if record.submission else ""
            return f"the configuration has no form {form!r}"
        case errors.NotPossibleError(record):
            return f"{short(record.id)} is not held but {record.state}"
        case errors.UnfitCommentError("empty"):
            return "there is nothing to be seen in it"
        case errors.UnfitCommentError("long", most):
            return f"a note has at most {most} characters"
        case errors.UnfitCommentError("many", most):
            return f"there are {most} notes already"
        case errors.UnfitCommentError():
            return "there is a character in it that nobody can see"
        case errors.NobodyError(asked):
            said = "neither an email address nor a telephone number nor a submission's whole id"
            return f"{asked!r} is {said}, which `frontdesk show` has"
        case errors.UnknownDestinationError(asked, known):
            return f"no destination is called {asked!r}; there are {', '.join(known)}"
        case errors.IncapableError(destinations, "consents"):
            return f"{', '.join(destinations)}: this CRM keeps no consents"
        case errors.IncapableError(destinations, "users"):
            return f"{', '.join(destinations)}: this CRM does not list its users"
        case errors.UnknownConsentError(destination, consent, ids):
            there = ", ".join(map(str, ids)) or "none"
            return f"{destination} has no consent {consent}; it has {there}"
        case errors.TooYoungError(least):
            return f"the last {least.days} days are needed to recognise leads"
        case errors.CourierRunsError(journal):
            return f"{journal}: a courier is at work; stop the forms and couriers of all machines"
        case errors.SpooledError(folder, number):
            return (
                f"{folder}: what waits there would be left behind ({number}); start the forms with"
                " the database until it is carried over"
            )
    return str(error)
