"""What can keep a simulator from serving; each error says what to do about it."""


class ServeError(Exception):
    """The simulator cannot serve where it was told to."""

    code = "sim-serve"
    exit_code = 4

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place, self.problem, self.remedy = place, problem, remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem.rstrip('.')}. {self.remedy}"


class StoreFileError(ServeError):
    """The file of the device's durable stores cannot be used."""

    code = "sim-store"


class SimUrlError(ValueError):
    """A `sim:` URL or an option that cannot be understood."""

    code = "sim-url"
    exit_code = 3

    def __init__(self, given: str, problem: str, remedy: str) -> None:
        super().__init__(given, problem, remedy)
        self.given, self.problem, self.remedy = given, problem, remedy

    def __str__(self) -> str:
        return f"{self.given}: {self.problem.rstrip('.')}. {self.remedy}"
