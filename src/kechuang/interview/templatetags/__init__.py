"""Tags of the interview's templates."""
