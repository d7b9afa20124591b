#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The two sites that most administrators have: what certbot writes, and Debian's default-ssl. What is above a notice there is
# what deserves to be, and nothing else.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . "/lib";
use Guard;

# One line for each finding above a notice: rule, name, severity.
sub alarms {
    my ($report) = @_;
    return join ', ', sort map { "$_->{rule} $_->{name} $_->{severity}" } grep { $_->{severity} ne 'notice' } Guard::findings($report);
}

sub judge {
    my ($g, $what, $text, @alarms) = @_;
    $g->write_conf($text);
    my ($report, $run) = $g->report;
    is $run->{rc}, 0, "$what: httpd -t passes" or diag $run->{err};
    is alarms($report), join(', ', sort @alarms), "$what: what is above a notice"
        or diag map { "$_->{severity} $_->{rule} $_->{file}:$_->{line} $_->{message}\n" } Guard::findings($report);
    my ($tls) = grep { $_->{tls} } @{ $report->{vhosts} };
    ok $tls && $tls->{protocols}, 'and its contexts were looked at';
    return $report;
}

# --- certbot ---------------------------------------------------------------------------------------------------------

# Its options file: versions, the list of Mozilla's intermediate level, the client's order, no tickets.
sub options {
    my ($list) = @_;
    return <<"EOT";
SSLEngine on

SSLProtocol             all -SSLv2 -SSLv3 -TLSv1 -TLSv1.1
SSLCipherSuite          $list
SSLHonorCipherOrder     off
SSLSessionTickets       off

SSLOptions +StrictRequire

LogFormat "%v %h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-agent}i\\"" vhost_combined
LogFormat "%v %h %l %u %t \\"%r\\" %>s %b" vhost_common
EOT
}

my $MOZILLA = join ':', (map { my $tail = $_; map { "ECDHE-$_-$tail" } qw(ECDSA RSA) } qw(AES128-GCM-SHA256 AES256-GCM-SHA384
    CHACHA20-POLY1305)), qw(DHE-RSA-AES128-GCM-SHA256 DHE-RSA-AES256-GCM-SHA384);
my %OPTIONS = ('now' => $MOZILLA, 'with ChaCha20 for DHE' => "$MOZILLA:DHE-RSA-CHACHA20-POLY1305");

sub certbot_site {
    my ($live) = @_;
    return <<"EOT";
Listen 127.0.0.1:\@PORT\@
Listen 127.0.0.1:\@PORT2\@
<VirtualHost *:\@PORT2\@>
    ServerName example.com
    ServerAlias www.example.com
    ServerAdmin webmaster\@localhost
    DocumentRoot \@DIR\@/htdocs
RewriteEngine on
RewriteCond %{SERVER_NAME} =www.example.com [OR]
RewriteCond %{SERVER_NAME} =example.com
RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]
</VirtualHost>
<IfModule mod_ssl.c>
<VirtualHost *:\@PORT\@>
    ServerName example.com
    ServerAlias www.example.com
    ServerAdmin webmaster\@localhost
    DocumentRoot \@DIR\@/htdocs

SSLCertificateFile $live/fullchain.pem
SSLCertificateKeyFile $live/privkey.pem
Include \@DIR\@/letsencrypt/options-ssl-apache.conf
</VirtualHost>
</IfModule>
EOT
}

my $g = Guard->new;
for my $cert (qw(ecdsa rsa)) {
    # As certbot lays them out: the files in archive/, links to them in live/.
    my ($archive, $live) = map { "$g->{dir}/letsencrypt/$_/example.com-$cert" } qw(archive live);
    for my $file (['fullchain', "\@$cert\@"], ['privkey', "\@$cert.key\@"]) {
        Guard::spew("$archive/$file->[0]1.pem", Guard::slurp($g->expand($file->[1])));
        Guard::spew("$live/README", "links to ../../archive\n");
        symlink "$archive/$file->[0]1.pem", "$live/$file->[0].pem" or die "symlink: $!";
    }
    chmod 0600, "$archive/privkey1.pem";
    for my $which (sort keys %OPTIONS) {
        Guard::spew("$g->{dir}/letsencrypt/options-ssl-apache.conf", options($OPTIONS{$which}));
        my $report = judge($g, "certbot, $cert, $which", certbot_site($live), 'TG401 hsts-missing warning');
        my ($hsts) = Guard::findings($report, 'TG401');
        is_deeply $hsts->{vhosts}, ['example.com:' . $g->port], 'HSTS is missed where TLS is served'
            or diag explain $hsts;
    }
}

# --- Debian's default-ssl --------------------------------------------------------------------------------------------

# As a2enmod ssl and a2ensite default-ssl leave them; the directives in force when Debian's files are not here.
my $ETC = '/etc/apache2';
my $module = Guard::slurp("$ETC/mods-available/ssl.conf") || <<'EOT';
<IfModule mod_ssl.c>
SSLRandomSeed startup builtin
SSLRandomSeed connect builtin
SSLSessionCache shmcb:${APACHE_RUN_DIR}/ssl_scache(512000)
SSLSessionCacheTimeout 300
SSLCipherSuite HIGH:!aNULL
SSLProtocol all -SSLv3
</IfModule>
EOT
my $site = Guard::slurp("$ETC/sites-available/default-ssl.conf") || <<'EOT';
<VirtualHost *:443>
ServerAdmin webmaster@localhost
DocumentRoot /var/www/html
ErrorLog ${APACHE_LOG_DIR}/error.log
CustomLog ${APACHE_LOG_DIR}/access.log combined
SSLEngine on
SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key
<FilesMatch "\.(?:cgi|shtml|phtml|php)$">
SSLOptions +StdEnvVars
</FilesMatch>
</VirtualHost>
EOT
is scalar($site =~ s{/etc/ssl/certs/ssl-cert-snakeoil\.pem}{\@rsa\@}g), 1, 'one certificate to replace';
is scalar($site =~ s{/etc/ssl/private/ssl-cert-snakeoil\.key}{\@rsa.key\@}g), 1, 'and its key';
is scalar($site =~ s{^(\s*<VirtualHost\s+\S+?):443>}{$1:\@PORT\@>}mg), 1, 'and one port';
$site =~ s{/var/www/html}{\@DIR\@/htdocs}g;
my $debian = <<"EOT";
Define APACHE_RUN_DIR \@DIR\@/run
Define APACHE_LOG_DIR \@DIR\@/logs
LogFormat "%h %l %u %t \\"%r\\" %>s %O" combined
Listen 127.0.0.1:\@PORT\@
$module
$site
EOT
my $report = judge($g, 'default-ssl', $debian, 'TG203 no-forward-secrecy warning', 'TG401 hsts-missing warning');
ok scalar(Guard::findings($report, 'TG205')), 'CBC is a notice there';

done_testing;
