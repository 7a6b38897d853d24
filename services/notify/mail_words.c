#include "mail_words.h"

static const struct mail_words all[] = {
    { "reset", "/reset-password?token=", 3600, {
        { "Réinitialisation de votre mot de passe",
          "Bonjour,\n\nLa réinitialisation du mot de passe de votre compte a été demandée. Pour choisir un nouveau mot de passe, ouvrez ce lien :\n\n",
          "\n\nIl est valable une heure et ne sert qu'une fois. Si vous n'avez rien demandé, ignorez ce message : votre mot de passe reste le même.\n" },
        { "Reset your password",
          "Hello,\n\nSomebody asked to reset the password of your account. To choose a new one, open this link:\n\n",
          "\n\nIt is good for an hour, and once. If it was not you, ignore this message: your password stays as it is.\n" } } },
    { "verify", "/verify-email?token=", 86400, {
        { "Confirmez votre adresse e-mail",
          "Bonjour,\n\nUn compte a été ouvert avec cette adresse. Pour confirmer qu'elle est la vôtre, ouvrez ce lien :\n\n",
          "\n\nIl est valable 24 heures et ne sert qu'une fois. Si vous n'avez pas ouvert de compte, ignorez ce message.\n" },
        { "Confirm your e-mail address",
          "Hello,\n\nAn account was opened with this address. To confirm that it is yours, open this link:\n\n",
          "\n\nIt is good for 24 hours, and once. If you have not opened an account, ignore this message.\n" } } },
    { "changed", NULL, 0, {
        { "Votre mot de passe a été changé",
          "Bonjour,\n\nLe mot de passe de votre compte vient d'être changé. Toute autre session que celle qui l'a changé a pris fin.\n\n",
          "Si ce n'était pas vous, demandez sans attendre la réinitialisation de votre mot de passe, ou prévenez un administrateur.\n" },
        { "Your password was changed",
          "Hello,\n\nThe password of your account has just been changed. Every session but the one that changed it has ended.\n\n",
          "If it was not you, ask for your password to be reset at once, or tell an administrator.\n" } } },
};

const struct mail_words *mail_words_of(const char *purpose)
{
    for (size_t i = 0; i < COUNT(all); i++)
        if (text_is(all[i].purpose, purpose))
            return &all[i];
    return NULL;
}
